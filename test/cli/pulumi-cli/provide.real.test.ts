import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { installationAt, keptInstallation } from "../../../cli/pulumi-cli/cache";
import { locatePulumi } from "../../../cli/pulumi-cli/locate";
import { providePulumi, type Supply } from "../../../cli/pulumi-cli/provide";
import { FakeMachine } from "../../support/fake-pulumi";

describe("providing a Pulumi CLI", () => {
  let machine: FakeMachine;
  let said: string[];
  const reporter = { say: (line: string) => void said.push(line) };
  beforeEach(() => {
    machine = new FakeMachine();
    said = [];
  });
  afterEach(() => machine.remove());

  const makes = (name: string, version: string, calls: string[] = []): Supply => ({
    name,
    obtain: async (root) => {
      calls.push(name);
      machine.writePulumi(version, installationAt(root).path);
    },
  });
  const fails = (name: string, why: string): Supply => ({ name, obtain: () => Promise.reject(new Error(why)) });

  test("the first supply that succeeds is kept, and each failure before it is one line", async () => {
    const cli = await providePulumi(machine.env, [fails("first", "no network"), makes("second", "3.259.0")], reporter);
    expect(cli).toEqual({ ...keptInstallation(machine.env), version: "3.259.0", source: "second" });
    expect(said).toContain("first: no network");
    expect(locatePulumi(machine.env)).toEqual(cli);
  });

  test("nothing is obtained and nothing is said when there is a CLI already", async () => {
    machine.writePulumi("3.250.0");
    const calls: string[] = [];
    const cli = await providePulumi(machine.env, [makes("supply", "3.259.0", calls)], reporter);
    expect(cli.source).toBe("PATH");
    expect([calls, said]).toEqual([[], []]);
  });

  test("two set-ups at once obtain it once", async () => {
    const calls: string[] = [];
    const supply = makes("supply", "3.259.0", calls);
    const both = await Promise.all([
      providePulumi(machine.env, [supply], reporter),
      providePulumi(machine.env, [supply], reporter),
    ]);
    expect(calls).toEqual(["supply"]);
    expect(both[0]).toEqual(both[1]);
  });

  test("a supply that makes another version than the pinned one is not kept", async () => {
    const attempt = providePulumi(machine.env, [makes("supply", "3.1.0")], reporter);
    await expect(attempt).rejects.toThrow("or install Go, then run 'make setup' again");
    expect(said).toContain("supply: it made a CLI of version 3.1.0, not 3.259.0");
    expect(existsSync(keptInstallation(machine.env).root)).toBe(false);
  });

  test("what a killed set-up left half-made is removed", async () => {
    const { root } = keptInstallation(machine.env);
    mkdirSync(join(`${root}.draft-1`, "bin"), { recursive: true });
    mkdirSync(root); // without an executable: an earlier layout, or somebody's hand
    writeFileSync(join(dirname(root), "other"), "not ours to remove");
    await providePulumi(machine.env, [makes("supply", "3.259.0")], reporter);
    expect(readdirSync(dirname(root)).sort()).toEqual(["other", "pulumi-3.259.0"]);
  });
});
