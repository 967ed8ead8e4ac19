import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(__dirname, "../..");
const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const read = (file: string) => readFileSync(join(root, file), "utf8");
const linesOf = (file: string) => read(file).split("\n").length - 1;

describe("the files of the repository", () => {
  test("no file names a path of one machine or the host of a package registry", () => {
    // Put together here, so that this file does not name them either.
    const forbidden = [
      ["/work/", "main"],
      ["/work/", "shared"],
      ["/ro", "ot/"],
      ["/home/", "[a-z]"],
      ["registry\\.npm", "js\\.org"],
      ["registry\\.ya", "rnpkg\\.com"],
      ["proxy\\.gol", "ang\\.org"],
      ['"reso', 'lved": "http'],
    ].map((parts) => new RegExp(parts.join("")));
    const found = tracked.flatMap((file) => {
      const text = read(file);
      return forbidden.filter((pattern) => pattern.test(text)).map((pattern) => `${file}: ${pattern.source}`);
    });
    expect(found).toEqual([]);
  });

  test("no source file is longer than 400 lines", () => {
    const sources = tracked.filter((file) => /\.(ts|js|cjs|mjs|sh|sql)$/.test(file) || file === "Makefile");
    const long = sources.filter((file) => linesOf(file) > 400).map((file) => `${file}: ${linesOf(file)}`);
    expect(long).toEqual([]);
  });

  test("half of the modules have at most 120 lines, nine of ten at most 250", () => {
    const lengths = tracked
      .filter((file) => file.endsWith(".ts") && !file.startsWith("test/"))
      .map(linesOf)
      .sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(120);
    expect(lengths[Math.floor(lengths.length * 0.9)]).toBeLessThanOrEqual(250);
  });

  test("file names are kebab-case", () => {
    const modules = tracked.filter((file) => file.endsWith(".ts"));
    expect(modules.filter((file) => !/^[a-z0-9./-]+$/.test(file))).toEqual([]);
  });

  test("every link of a document to another file leads somewhere", () => {
    const documents = tracked.filter((file) => file.endsWith(".md"));
    const broken = documents.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target]) => target ?? "")
        .filter((target) => !existsSync(join(root, dirname(file), target)))
        .map((target) => `${file}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("no test is skipped, singled out or left to do", () => {
    const marker = /\b(?:describe|test|it)\.(?:skip|only|todo)\b|\bx(?:describe|test|it)\(/;
    const tests = tracked.filter((file) => file.startsWith("test/") && file.endsWith(".ts"));
    expect(tests.filter((file) => marker.test(read(file)))).toEqual([]);
  });

  test("the lock file has the optional packages of every platform, without which npm ci refuses it", () => {
    interface Locked {
      readonly optionalDependencies?: Record<string, string>;
    }
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter((name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages))
        .map((name) => `${name} (of ${path})`),
    );
    expect(missing).toEqual([]);
  });
});
