import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Records } from "../../../local/cloud/records";
import { temporaryDirectory } from "../../support/temporary-directory";

const schema = z.object({ n: z.number() });

describe("the records of a cloud", () => {
  const directory = temporaryDirectory();
  const records = () => new Records(directory());

  test("answer what was put last, and nothing for what is not there or was deleted", () => {
    records().put("things", "a", { n: 1 });
    records().put("things", "a", { n: 2 });
    expect(records().get("things", "a", schema)).toEqual({ n: 2 });
    expect(records().get("things", "b", schema)).toBeUndefined();
    records().delete("things", "a");
    records().delete("things", "a");
    expect(records().get("things", "a", schema)).toBeUndefined();
    expect(records().list("none", schema)).toEqual([]);
  });

  test.each([
    ["path separators and dots", "../../etc/passwd", "..", "."],
    ["spaces, colons and letters of any language", "a b", "arn:aws:x", "größe/☃"],
    ["names as long as AWS allows", `arn:${"x".repeat(512)}a`, `arn:${"x".repeat(512)}b`, "☃".repeat(200)],
  ])("keep documents apart whose names have %s", (_what, ...names) => {
    names.forEach((name, n) => records().put("things", name, { n }));
    expect(names.map((name) => records().get("things", name, schema)?.n)).toEqual([0, 1, 2]);
    expect(records().list("things", schema)).toHaveLength(3);
    for (const name of names) records().delete("things", name);
    expect(records().list("things", schema)).toEqual([]);
    expect(readdirSync(directory())).toEqual(["things"]);
  });

  test("can be read by nobody else, and their directory not be listed", () => {
    records().put("things", "a", { n: 1 });
    expect(statSync(join(directory(), "things", "a.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory(), "things")).mode & 0o777).toBe(0o711);
  });

  test("ignore and remove the draft of a writer that was killed", () => {
    records().put("things", "a", { n: 1 });
    writeFileSync(join(directory(), "things", "b.json.123.draft"), '{"n"');
    expect(records().list("things", schema)).toEqual([{ n: 1 }]);
    records().removeDrafts();
    expect(readdirSync(join(directory(), "things"))).toEqual(["a.json"]);
  });

  test("name the file that cannot be read, and the cure", () => {
    mkdirSync(join(directory(), "things"));
    writeFileSync(join(directory(), "things", "a.json"), '{"n": "one"}');
    expect(() => records().list("things", schema)).toThrow(/a\.json is not a record .*'plinth down --delete'/);
  });
});
