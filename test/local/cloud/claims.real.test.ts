import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { announceDaemon } from "../../../local/daemon/daemon-record";
import { inParallel } from "../../support/in-parallel";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("processes that claim at the same moment", () => {
  const directory = temporaryDirectory();

  test("all get networks of their own, also when they replace the claims of deleted clouds", async () => {
    const source = (name: string) => `
      const { claimNetwork } = require("./local/cloud/network-claim.ts");
      const root = ${JSON.stringify(join(directory(), name))} + process.pid;
      require("node:fs").mkdirSync(root);
      /* at once */
      console.log(claimNetwork(${JSON.stringify(join(directory(), "networks"))}, root), root);
    `;
    const first = await inParallel(6, source("a"));
    expect(new Set(first.map((line) => line.split(" ")[0])).size).toBe(6);
    for (const line of first) rmSync(line.split(" ")[1] ?? "", { recursive: true });
    const second = await inParallel(6, source("b"));
    expect(new Set(second.map((line) => line.split(" ")[0])).size).toBe(6);
  });

  test("exactly one of them becomes the daemon of a state directory, also after a killed one", async () => {
    const root = join(directory(), "cloud");
    mkdirSync(root);
    // What a killed daemon leaves: its pid may be another process's by now.
    const dead = { pid: 1, identity: "another boot/1", code: "", attachList: "", network: "", caFile: "" };
    announceDaemon(root, dead);
    const claims = await inParallel(
      6,
      `
      const { claimDaemon, liveDaemon } = require("./local/daemon/daemon-record.ts");
      const { processIdentity } = require("./local/processes/process-identity.ts");
      const root = ${JSON.stringify(root)};
      const mine = { pid: process.pid, identity: processIdentity(process.pid), code: "", attachList: "", network: "", caFile: "" };
      /* at once */
      const other = claimDaemon(root, mine);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      console.log(other === undefined ? "mine" : other.pid, liveDaemon(root).pid);
      `,
    );
    expect(claims.filter((line) => line.startsWith("mine"))).toHaveLength(1);
    expect(new Set(claims.map((line) => line.split(" ")[1])).size).toBe(1);
  });
});
