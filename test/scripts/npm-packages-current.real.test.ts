import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("deciding whether npm ci has to run", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "plinth-lock-"));
    mkdirSync(join(root, "node_modules"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const pg = { version: "8.0.0", integrity: "sha512-a" };
  const darwin = { version: "1.0.0", optional: true };
  const write = (file: string, packages: object) => writeFileSync(join(root, file), JSON.stringify({ packages }));
  const isCurrent = () =>
    spawnSync(process.execPath, [join(__dirname, "../../scripts/npm-packages-current.cjs"), root]).status === 0;

  test("it need not when every locked package is there, binaries of other platforms aside", () => {
    write("package-lock.json", { "": {}, "node_modules/pg": pg, "node_modules/x-darwin": darwin });
    write("node_modules/.package-lock.json", { "node_modules/pg": pg, "node_modules/own-addition": pg });
    expect(isCurrent()).toBe(true);
  });

  test.each([
    ["a package is missing", {}],
    ["a version differs", { "node_modules/pg": { ...pg, version: "8.0.1" } }],
    ["the content differs", { "node_modules/pg": { ...pg, integrity: "sha512-b" } }],
  ])("it has to when %s", (_, present) => {
    write("package-lock.json", { "": {}, "node_modules/pg": pg });
    write("node_modules/.package-lock.json", { "node_modules/other": pg, ...present });
    expect(isCurrent()).toBe(false);
  });

  test("it has to when the last installation was cut off, which leaves no hidden lock file", () => {
    write("package-lock.json", { "": {}, "node_modules/pg": pg });
    expect(isCurrent()).toBe(false);
  });
});
