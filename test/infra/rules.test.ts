import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { runProgram, type ProgramRun } from "../support/infra-program";

const root = path.resolve(__dirname, "../../infra");
const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ({ file, text: readFileSync(path.join(root, file), "utf8") }));

describe("rules of the room", () => {
  let run: ProgramRun;
  beforeAll(async () => {
    run = await runProgram("prod");
  });

  test("only service modules are imported: the roots of the SDKs cost seconds", () => {
    const roots = /from "@pulumi\/(aws|kubernetes|random)"/;
    expect(sources.filter(({ text }) => roots.test(text)).map(({ file }) => file)).toEqual([]);
  });

  test("nothing creates a resource inside an apply", () => {
    const created = /\.apply\((?:[^()]|\([^()]*\))*\bnew [a-z]+\.[A-Z]/;
    expect(sources.filter(({ text }) => created.test(text)).map(({ file }) => file)).toEqual([]);
  });

  test("pure files know no Pulumi: the command line parses configuration before there is an engine", () => {
    const reachable = new Set<string>();
    const visit = (file: string): void => {
      if (reachable.has(file)) return;
      reachable.add(file);
      const text = readFileSync(path.join(root, file), "utf8");
      for (const [, target] of text.matchAll(/^(?:import|export)(?! type)[^;]*? from "(\.[^"]+)";/gm))
        visit(path.join(path.dirname(file), `${target}.ts`));
    };
    visit("config/parse-config.ts");
    const withPulumi = [...reachable].filter((file) =>
      /^import (?!type)[^;]*from "@pulumi/m.test(readFileSync(path.join(root, file), "utf8")),
    );
    expect(withPulumi).toEqual([]);
  });

  test("importing any file but the program itself registers nothing", () => {
    const executable = /^(?:new |void |await )/m;
    const offenders = sources.filter(({ file, text }) => file !== "index.ts" && executable.test(text));
    expect(offenders.map(({ file }) => file)).toEqual([]);
  });

  test("the program fits on one screen", () => {
    expect(readFileSync(path.join(root, "index.ts"), "utf8").split("\n").length).toBeLessThanOrEqual(100);
  });

  test("every component registers its outputs", () => {
    const components = [
      ...new Set(run.resources.filter(({ type }) => type.startsWith("plinth:")).map(({ type }) => type)),
    ];
    expect(components.length).toBeGreaterThan(10);
    const declared = sources.flatMap(({ text }) =>
      [...text.matchAll(/super\("(plinth:[^"]+)"/g)].map(([, type]) => type),
    );
    expect(declared.sort()).toEqual([...components].sort());
    expect([...run.registeredOutputs.keys()].sort()).toEqual([...components].sort());
  });

  test("a child's name starts with its component's, or it is a component of its own", () => {
    const components = new Set(run.resources.filter(({ type }) => type.startsWith("plinth:")).map(({ name }) => name));
    const strangers = run.resources.filter(
      ({ type, name }) =>
        !type.startsWith("plinth:") && ![...components].some((component) => name.startsWith(`${component}-`)),
    );
    expect(strangers.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
  });

  test("no component takes more than twelve arguments", () => {
    for (const { file, text } of sources)
      for (const [, name, body] of text.matchAll(/export interface (\w+Args) \{\n([^]*?)\n\}/g))
        expect([file, name, (body?.match(/^ {2}readonly \w+\??:/gm) ?? []).length <= 12]).toEqual([file, name, true]);
  });
});
