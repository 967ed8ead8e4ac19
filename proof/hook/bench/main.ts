import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

import { Command, InvalidArgumentError } from "commander";

import { bench, CONTENDERS, type ContenderName } from "./bench";
import { failures, renderReport } from "./report";

/** history: whole is measured on demand. */
const BY_DEFAULT: ContenderName[] = ["hook", "indexes", "offline", "partman"];

/** Without a word otherwise: everything, at the size of the goal. */
const FULL = { appointments: 5_000_000, small: 500_000, baseline: 15, limit: 1200 };
const QUICK = { appointments: 500_000, small: 0, baseline: 5, limit: 40 };

interface Options {
  quick?: true;
  appointments?: number;
  small?: number;
  rate: number;
  reads: number;
  baseline?: number;
  limit?: number;
  only: ContenderName[];
  json?: string;
  markdown?: string;
}

function whole(text: string): number {
  const value = Number(text);
  if (text !== "" && Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("give a whole number");
}

const isContender = (name: string): name is ContenderName => Object.hasOwn(CONTENDERS, name);

function names(text: string): ContenderName[] {
  const wanted = text.split(",");
  const unknown = wanted.filter((name) => !isContender(name));
  if (unknown.length === 0) return wanted.filter(isContender);
  throw new InvalidArgumentError(
    `there is no ${unknown.join(", ")}; choose from ${Object.keys(CONTENDERS).join(", ")}`,
  );
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  say(`wrote ${relative(process.cwd(), file)}`);
}

async function main(): Promise<void> {
  const path = (text: string) => resolve(text);
  const program = new Command("bench:hook")
    .description(
      "what indexes and partitions cost a live database: the hook beside the naive ways and pg_partman's own",
    )
    .option("--quick", `${QUICK.appointments} rows, no smaller table, short limits: about three minutes`)
    .option("--appointments <n>", `rows of the table (default: ${FULL.appointments})`, whole)
    .option("--small <n>", `rows of a smaller table for the hook, 0 for none (default: ${FULL.small})`, whole)
    .option("--rate <n>", "writes per second", whole, 500)
    .option("--reads <n>", "reads per second", whole, 200)
    .option("--baseline <seconds>", `load before each contender (default: ${FULL.baseline})`, whole)
    .option("--limit <seconds>", `longest time of one contender (default: ${FULL.limit})`, whole)
    .option("--only <names>", `contenders, of ${Object.keys(CONTENDERS).join(",")}`, names, BY_DEFAULT)
    .option("--json <file>", "write the figures there", path)
    .option("--markdown <file>", "write the report there, e.g. docs/benchmarks/hook.md", path);
  program.parse();
  const { quick, json, markdown, ...options } = program.opts<Options>();
  const report = await bench(
    {
      ...(quick ? QUICK : FULL),
      ...options,
      command: ["npm run bench:hook", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" "),
    },
    say,
  );
  process.stdout.write(`${renderReport(report)}\n`);
  if (json !== undefined) write(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (markdown !== undefined) write(markdown, renderReport(report));
  for (const line of failures(report)) {
    say(`bench:hook: ${line}`);
    process.exitCode = 1;
  }
}

if (require.main === module)
  main().catch((error: unknown) => {
    say(`bench:hook: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
