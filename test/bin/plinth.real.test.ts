import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const checkout = join(__dirname, "../..");

/** A checkout with a command line of our own, so that these tests are about the start alone. */
describe("the plinth command", () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "plinth-bin-")));
    mkdirSync(join(root, "bin"));
    mkdirSync(join(root, "cli"));
    for (const file of ["plinth.js", "typescript.cjs"])
      copyFileSync(join(checkout, "bin", file), join(root, "bin", file));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const installPackages = () => {
    mkdirSync(join(root, "node_modules"));
    writeFileSync(join(root, "node_modules/.package-lock.json"), "{}");
    symlinkSync(join(checkout, "node_modules/@swc"), join(root, "node_modules/@swc"));
  };
  const writeMain = (...lines: string[]) => writeFileSync(join(root, "cli/main.ts"), lines.join("\n"));
  const plinth = (command = join(root, "bin/plinth.js")) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, "a", "b"], { encoding: "utf8", cwd: "/" });
    return { status, stdout, stderr };
  };

  test("says to run the set-up where nothing is installed yet", () => {
    writeMain("console.log('never reached')");
    expect(plinth()).toEqual({
      status: 1,
      stdout: "",
      stderr: `plinth: the packages of ${root} are not installed; run 'make setup' there\n`,
    });
  });

  test("runs the TypeScript of its own checkout from any directory and through a link", () => {
    installPackages();
    writeMain("const given: string[] = process.argv.slice(2);", "console.log(given.join(' '));");
    mkdirSync(join(root, "node_modules/.bin"));
    symlinkSync("../../bin/plinth.js", join(root, "node_modules/.bin/plinth"));
    expect(plinth()).toEqual({ status: 0, stdout: "a b\n", stderr: "" });
    expect(plinth(join(root, "node_modules/.bin/plinth"))).toEqual({ status: 0, stdout: "a b\n", stderr: "" });
  });

  test("a changed file is compiled again, an unchanged one is not", () => {
    installPackages();
    writeMain("const n: number = 1; console.log(n);");
    expect([plinth().stdout, plinth().stdout]).toEqual(["1\n", "1\n"]);
    writeMain("const n: number = 2; console.log(n);");
    expect(plinth().stdout).toBe("2\n");
    rmSync(join(root, "node_modules/@swc")); // the compiler's version is still asked for
    mkdirSync(join(root, "node_modules/@swc/core"), { recursive: true });
    copyFileSync(
      join(checkout, "node_modules/@swc/core/package.json"),
      join(root, "node_modules/@swc/core/package.json"),
    );
    expect(plinth().stdout).toBe("2\n");
  });

  test("a stack trace shows the line of the TypeScript file", () => {
    installPackages();
    writeMain("interface Ignored { readonly a: string }", "", "throw new Error('at line three');");
    const { status, stderr } = plinth();
    expect(status).toBe(1);
    expect(stderr).toContain("cli/main.ts:3");
  });
});
