import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundleProgram } from "../../../infra/post-deploy/bundle";

describe("bundling the hook's program", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "plinth-bundle-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const write = (name: string, text: string) => writeFileSync(path.join(directory, name), text);

  test("one file runs on Node without anything beside it", () => {
    write("word.ts", "export const word: string = 'ready';");
    write("main.ts", "import { word } from './word'; console.log(word, process.argv[2]);");
    const program = path.join(directory, "hook.cjs");
    writeFileSync(program, bundleProgram("main.ts", directory));
    expect(execFileSync("node", [program, "maintain"], { cwd: "/", encoding: "utf8" })).toBe("ready maintain\n");
  });

  test("the same sources give the same text, wherever they lie", () => {
    const other = mkdtempSync(path.join(tmpdir(), "plinth-bundle-other-"));
    try {
      write("main.ts", "console.log(1 as number);");
      writeFileSync(path.join(other, "main.ts"), "console.log(1 as number);");
      expect(bundleProgram("main.ts", directory)).toBe(bundleProgram("main.ts", other));
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });

  test("a program that no ConfigMap could hold is refused", () => {
    write("main.ts", `console.log(${JSON.stringify("x".repeat(1_100_000))});`);
    expect(() => bundleProgram("main.ts", directory)).toThrow("a ConfigMap holds 1048576");
  });

  test("the real hook fits into a ConfigMap and explains itself when started without settings", () => {
    const program = path.join(directory, "hook.cjs");
    writeFileSync(program, bundleProgram("schema/hook/main.ts"));
    let output = "";
    try {
      execFileSync("node", [program], {
        cwd: "/",
        encoding: "utf8",
        env: { PATH: process.env["PATH"] },
        stdio: "pipe",
      });
    } catch (error) {
      output = String((error as { stdout?: string }).stdout);
    }
    expect(output).toContain("PGHOST");
  });
});
