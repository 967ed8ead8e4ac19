import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { checkout } from "../support/plinth";
import { temporaryDirectory } from "../support/temporary-directory";

describe("what a user gets wrong", () => {
  const directory = temporaryDirectory();
  const plinth = (args: readonly string[]) => {
    const program = join(directory(), "program");
    mkdirSync(program, { recursive: true });
    writeFileSync(join(program, "Pulumi.yaml"), "name: tiny\nruntime: nodejs\n");
    writeFileSync(join(program, "Pulumi.local.yaml"), "config: {}\n");
    writeFileSync(join(program, "Pulumi.torn.yaml"), "config:\n  a: [1,\n");
    writeFileSync(join(program, "Pulumi.odd.yaml"), "config: 7\n");
    writeFileSync(join(program, "index.js"), "throw new Error('reached');");
    return spawnSync(process.execPath, [join(checkout, "bin/plinth.js"), "--program", program, ...args], {
      encoding: "utf8",
      cwd: "/",
      // A CI job is not a terminal.
      env: { ...process.env, CI: "true", NO_COLOR: undefined, PLINTH_HOME: join(directory(), "home") },
    });
  };

  test.each<[string, readonly string[], RegExp]>([
    ["an unknown verb", ["frobnicate"], /unknown command 'frobnicate' \(run 'plinth --help'/],
    ["a misspelt verb", ["statsu"], /unknown command 'statsu' .*Did you mean status/],
    ["an unknown option", ["up", "--bogus"], /unknown option '--bogus'/],
    ["an argument too many", ["down", "everything"], /too many arguments for 'down'/],
    [
      "a stack that is not there",
      ["up", "-s", "nope"],
      /there is no stack 'nope' .*the stacks here are: local, odd, torn/,
    ],
    ["a stack whose name is a path", ["up", "-s", "../local"], /'..\/local' is no name of a stack/],
    ["an empty stack name", ["up", "-s", ""], /'' is no name of a stack/],
    ["broken YAML", ["up", "-s", "torn"], /Pulumi\.torn\.yaml is not valid YAML: .* line 3/],
    [
      "YAML of another shape",
      ["up", "-s", "odd"],
      /Pulumi\.odd\.yaml is not a Pulumi file .*config: .*expected record/,
    ],
    [
      "a count in words",
      ["up", "--clinic", "--patients", "many"],
      /--patients <count>.*got 'many'; give a whole number, 1 or more/,
    ],
    ["a count of nothing", ["up", "--clinic", "--patients", "0"], /got '0'; give a whole number, 1 or more/],
    ["half a patient", ["up", "--clinic", "--patients", "1.5"], /got '1\.5'/],
    ["a directory without a program", ["--program", "/proc", "up"], /there is no Pulumi program in \/proc .*--program/],
    ["the status of a stack that is not up", ["status"], /is not running; run 'plinth up' first/],
  ])("%s is told in one line, without a stack trace or colours", (_what, args, message) => {
    const { status, stdout, stderr } = plinth(args);
    expect(stderr).toMatch(/^plinth: [^\n\x1b]+\n$/);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(status).toBe(1);
  });

  test("taking down what is not up is no error", () => {
    expect(plinth(["down", "--delete"])).toMatchObject({
      status: 0,
      stderr: "stack 'local' was not running\nthere was nothing to delete\n",
    });
  });

  test.each([["--help"], ["up", "--help"], ["down", "--help"], ["status", "--help"], ["preview", "--help"]])(
    "help is on stdout and no error: %s %s",
    (...args) => {
      const { status, stdout, stderr } = plinth(args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("Usage: plinth");
    },
  );
});
