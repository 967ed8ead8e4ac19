import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keptInstallation } from "../../../cli/pulumi-cli/cache";
import { locatePulumi } from "../../../cli/pulumi-cli/locate";
import { FakeMachine } from "../../support/fake-pulumi";

describe("looking for a Pulumi CLI", () => {
  let machine: FakeMachine;
  beforeEach(() => (machine = new FakeMachine()));
  afterEach(() => machine.remove());

  const keep = () => {
    const kept = keptInstallation(machine.env);
    machine.writePulumi("3.259.0", kept.path);
    writeFileSync(join(kept.root, "source"), "Go build\n");
    return kept;
  };

  test("one on PATH that is new enough is taken before the project's own copy", () => {
    keep();
    const path = machine.writePulumi("3.250.1");
    expect(locatePulumi(machine.env)).toEqual({ path, version: "3.250.1", source: "PATH" });
  });

  test("one on PATH is asked for its version once, and again when the file changes", () => {
    machine.writePulumi("3.250.1");
    locatePulumi(machine.env);
    locatePulumi(machine.env);
    expect(machine.timesAsked).toBe(1);
    machine.writePulumi("3.250.10");
    expect(locatePulumi(machine.env).version).toBe("3.250.10");
    expect(machine.timesAsked).toBe(2);
  });

  test("one on PATH that is too old is passed over for the project's own copy, which is not started", () => {
    machine.writePulumi("3.200.0");
    const kept = keep();
    expect(locatePulumi(machine.env)).toEqual({ ...kept, version: "3.259.0", source: "Go build" });
    expect(machine.timesAsked).toBe(1);
  });

  test("the copy is kept where XDG_CACHE_HOME says, when it is an absolute path", () => {
    expect(keptInstallation({ HOME: "/h", XDG_CACHE_HOME: "/c" }).path).toBe("/c/plinth/pulumi-3.259.0/bin/pulumi");
    expect(keptInstallation({ HOME: "/h", XDG_CACHE_HOME: "c" }).path).toBe(
      "/h/.cache/plinth/pulumi-3.259.0/bin/pulumi",
    );
  });

  test("with none at all the error names what was looked at and the cure", () => {
    const old = machine.writePulumi("3.200.0");
    expect(() => locatePulumi(machine.env)).toThrow(
      `no Pulumi CLI: '${old}' is 3.200.0, and 3.238.0 or a newer 3.x is needed; ` +
        `there is no copy at ${keptInstallation(machine.env).path}; run 'make setup', which installs one`,
    );
  });

  test("an executable named pulumi that is something else is said to be no working CLI", () => {
    const path = machine.writePulumi("3.259.0");
    writeFileSync(path, "#!/bin/sh\nexit 3\n");
    expect(() => locatePulumi(machine.env)).toThrow("is no working Pulumi CLI");
  });

  test("a directory named pulumi on PATH is not an executable", () => {
    mkdirSync(join(machine.env.PATH, "pulumi"), { recursive: true });
    expect(() => locatePulumi(machine.env)).toThrow("there is no 'pulumi' on PATH");
  });
});
