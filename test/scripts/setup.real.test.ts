import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const scripts = join(__dirname, "../../scripts");
const packageLines = readFileSync(join(scripts, "debian-packages.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const packages = packageLines.map((line) => line.split(/\s+/)[0] ?? "");

/** Set-up on a machine whose every command is a stub of ours, so that nothing is installed. */
describe("set-up on a machine that lacks something", () => {
  let bin: string;
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "plinth-setup-"));
    for (const tool of ["bash", "dirname", "env", "flock"]) symlinkSync(`/usr/bin/${tool}`, join(bin, tool));
    stub("uname", "echo Linux");
    stub("node", "[ $1 = --version ] && echo v20.20.2; exit 0");
    for (const tool of ["npm", "git"]) stub(tool, "exit 0");
    stub("id", "echo 0");
    stub("apt-get", `echo "$@" >>'${join(bin, "apt-was-called")}'; exit 1`);
    stub("dpkg-query", packages.map((name) => `echo 'installed ${name}'`).join("\n"));
  });
  afterEach(() => rmSync(bin, { recursive: true, force: true }));

  const stub = (name: string, body: string) => {
    rmSync(join(bin, name), { force: true });
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const without = (name: string) => rmSync(join(bin, name));
  const run = (script: string) => {
    const { status, stdout, stderr } = spawnSync("/usr/bin/bash", [join(scripts, script)], {
      env: { PATH: bin },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  const expectOneLine = (result: ReturnType<typeof run>, ...parts: string[]) => {
    expect(result.status).toBe(1);
    expect(result.stdout).toBe("");
    for (const part of parts) expect(result.stderr).toContain(part);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
  };

  test("another operating system is told what to use instead", () => {
    stub("uname", "echo Darwin");
    expectOneLine(run("setup.sh"), "needs Linux and this is Darwin", "Debian 12 machine or container");
  });

  test.each(["node", "npm", "git"])("a missing %s is named with what to install", (tool) => {
    without(tool);
    expectOneLine(
      run("setup.sh"),
      `'${tool}' is not installed: install Node.js 20.19 or newer with npm, Go, git and make`,
    );
  });

  test("a Node.js that is too old is named with its version and the one that is needed", () => {
    stub("node", "[ $1 = --version ] && echo v18.19.0 && exit 0; exit 1");
    expectOneLine(run("setup.sh"), "Node.js v18.19.0 is too old: install Node.js 20.19 or newer");
  });

  test("a system without apt is told which packages it would take", () => {
    without("apt-get");
    expectOneLine(run("setup.sh"), "this system has no apt", packages.join(" "));
  });

  test("an ordinary user is told the command that root has to run once", () => {
    stub("id", "echo 1000");
    stub("dpkg-query", "echo 'installed pgbouncer'; exit 1");
    expectOneLine(run("setup.sh"), "postgresql-15 ", "run 'sudo scripts/install-debian-packages.sh' once");
    expect(existsSync(join(bin, "apt-was-called"))).toBe(false);
  });

  test("an ordinary user needs no root when nothing is missing, and apt is left alone", () => {
    stub("id", "echo 1000");
    expect(run("install-debian-packages.sh")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(join(bin, "apt-was-called"))).toBe(false);
  });

  test("every Debian package is listed with the reason it is needed", () => {
    for (const line of packageLines) expect(line).toMatch(/^[a-z0-9.+-]+ +\S.{15,}$/);
    expect(new Set(packages).size).toBe(packages.length);
  });
});
