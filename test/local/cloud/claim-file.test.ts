import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { claimFile, readClaim } from "../../../local/cloud/claim-file";
import { temporaryDirectory } from "../../support/temporary-directory";

const schema = z.object({ who: z.string() });
const options = { schema, isStale: ({ who }: { who: string }) => who === "dead", mode: 0o600 };

describe("a claim on a file", () => {
  const directory = temporaryDirectory();
  const path = () => join(directory(), "claim");
  const standing = () => readFileSync(path(), "utf8");

  test("is the first one's, and the second learns whose it is", () => {
    expect(claimFile(path(), { who: "a" }, options)).toBeUndefined();
    expect(claimFile(path(), { who: "b" }, options)).toEqual({ who: "a" });
    expect(readClaim(path(), schema)).toEqual({ who: "a" });
  });

  test("can be read by its owner alone where it says so, and leaves nothing beside it", () => {
    claimFile(path(), { who: "a" }, options);
    claimFile(path(), { who: "b" }, options);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory())).toEqual(["claim"]);
  });

  test.each([
    ["whose holder is gone", JSON.stringify({ who: "dead" })],
    ["that a crash left empty", ""],
    ["that a crash tore", '{"who": "so'],
    ["of an unknown shape", '{"whom": 1}'],
  ])("replaces one %s", (_what, text) => {
    writeFileSync(path(), text);
    expect(claimFile(path(), { who: "b" }, options)).toBeUndefined();
    expect(standing()).toBe('{"who":"b"}');
    expect(readdirSync(directory())).toEqual(["claim"]);
  });

  test("yields to one that is replacing a stale claim at this moment", () => {
    writeFileSync(path(), JSON.stringify({ who: "dead" }));
    writeFileSync(`${path()}.takeover`, JSON.stringify({ who: "c" }));
    expect(claimFile(path(), { who: "b" }, options)).toEqual({ who: "c" });
    expect(standing()).toBe('{"who":"dead"}');
  });

  test("does not wait for one that was killed while replacing a stale claim", () => {
    writeFileSync(path(), JSON.stringify({ who: "dead" }));
    writeFileSync(`${path()}.takeover`, JSON.stringify({ who: "dead" }));
    expect(claimFile(path(), { who: "b" }, options)).toBeUndefined();
    expect(readdirSync(directory())).toEqual(["claim"]);
  });
});
