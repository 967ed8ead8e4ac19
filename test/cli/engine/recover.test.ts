import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clearStaleLocks, forgetPendingOperations, knownResources } from "../../../cli/engine/recover";
import { whileUpdating } from "../../../cli/engine/update-lock";
import { temporaryDirectory } from "../../support/temporary-directory";

const directory = temporaryDirectory();

describe("the locks of killed engines", () => {
  const locks = () => join(directory(), "backend/.pulumi/locks/organization/p/s");
  const lock = (name: string, text: string) => {
    mkdirSync(locks(), { recursive: true });
    writeFileSync(join(locks(), name), text);
  };

  test("are none where no engine ever ran", async () => {
    expect(await clearStaleLocks(directory())).toBe(0);
  });

  test("are removed, also half written ones and those whose pid is another process's now", async () => {
    lock("dead.json", JSON.stringify({ pid: 2 ** 22 + 1 }));
    lock("torn.json", '{"pid": 1');
    lock("reused.json", JSON.stringify({ pid: process.pid }));
    expect(await clearStaleLocks(directory())).toBe(3);
    expect(readdirSync(locks())).toEqual([]);
  });
});

describe("the state a killed engine left", () => {
  const checkpoint = () => join(directory(), "local.json");
  const write = (latest: unknown) =>
    writeFileSync(checkpoint(), JSON.stringify({ version: 3, checkpoint: { stack: "s", latest } }));

  test("loses its pending operations and nothing else, and is private", () => {
    const resources = [{ urn: "a", id: "1", inputs: { password: { ciphertext: "x" } } }];
    write({ manifest: { magic: "m" }, resources, pending_operations: [{}, {}] });
    expect(forgetPendingOperations(checkpoint())).toBe(2);
    expect(JSON.parse(readFileSync(checkpoint(), "utf8"))).toEqual({
      version: 3,
      checkpoint: { stack: "s", latest: { manifest: { magic: "m" }, resources } },
    });
    expect(statSync(checkpoint()).mode & 0o777).toBe(0o600);
    expect(forgetPendingOperations(checkpoint())).toBe(0);
  });

  test("names what the engine knows: resources with an id", () => {
    write({ resources: [{ urn: "a", id: "1" }, { urn: "component" }] });
    expect(knownResources(checkpoint())).toEqual([{ urn: "a", id: "1" }]);
    write(null);
    expect(knownResources(checkpoint())).toEqual([]);
    expect(knownResources(join(directory(), "none.json"))).toEqual([]);
  });
});

describe("the lock on updates", () => {
  const lock = () => join(directory(), "update.json");

  test("keeps a second update out while the first one runs, and no longer", async () => {
    await whileUpdating(directory(), async () => {
      const second = whileUpdating(directory(), async () => "never");
      await expect(second).rejects.toThrow(`another update of this stack is running (pid ${process.pid})`);
    });
    expect(existsSync(lock())).toBe(false);
    expect(await whileUpdating(directory(), async () => "done")).toBe("done");
  });

  test("is given back by an update that fails, and is not kept by one that was killed", async () => {
    await expect(whileUpdating(directory(), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    writeFileSync(lock(), JSON.stringify({ pid: process.pid, identity: "an earlier process of this pid" }));
    expect(await whileUpdating(directory(), async () => "done")).toBe("done");
  });
});
