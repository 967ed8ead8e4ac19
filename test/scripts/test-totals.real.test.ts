import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("the closing line of make test", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "plinth-totals-"))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const report = (name: string, numPassedTests: number, numFailedTests = 0, numRuntimeErrorTestSuites = 0) => {
    const file = join(directory, name);
    writeFileSync(file, JSON.stringify({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites }));
    return file;
  };
  const total = (...files: string[]) => {
    const script = join(__dirname, "../../scripts/test-totals.cjs");
    const { status, stdout } = spawnSync(process.execPath, [script, ...files], { encoding: "utf8" });
    return { status, last: stdout.trim().split("\n").at(-1) };
  };

  test("adds up the reports", () => {
    expect(total(report("a", 3), report("b", 4))).toEqual({ status: 0, last: "tests: 7 passed, 0 failed" });
  });

  test("fails when one test failed", () => {
    expect(total(report("a", 3), report("b", 4, 1))).toEqual({ status: 1, last: "tests: 7 passed, 1 failed" });
  });

  test("counts a suite that could not be loaded as a failure", () => {
    expect(total(report("a", 3, 0, 1))).toEqual({ status: 1, last: "tests: 3 passed, 1 failed" });
  });

  test("counts a missing report as a failure", () => {
    expect(total(report("a", 3), join(directory, "none"))).toEqual({ status: 1, last: "tests: 3 passed, 1 failed" });
  });

  test("fails when nothing ran", () => {
    expect(total(report("a", 0))).toEqual({ status: 1, last: "tests: 0 passed, 0 failed" });
  });
});
