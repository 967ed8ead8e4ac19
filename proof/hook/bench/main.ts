import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";

import { Command, InvalidArgumentError } from "commander";

import { BenchServer } from "./arena";
import type { Contender } from "./contender";
import { naiveConversion, naiveIndexes } from "./naive";
import { partmanMove } from "./partman-move";
import { errorCount, renderReport, worstWriteMs, type BenchReport } from "./report";
import { runContender, type BenchOptions } from "./run-contender";
import { hookAttach, hookCopy } from "./the-hook";

export const CONTENDERS: Record<string, Contender> = {
  hook: hookCopy,
  attach: hookAttach,
  indexes: naiveIndexes,
  offline: naiveConversion,
  partman: partmanMove,
};

interface Options {
  appointments: number;
  rate: number;
  reads: number;
  baseline: number;
  limit: number;
  only: string[];
  json?: string;
  markdown?: string;
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("give a whole number above 0");
}

function names(text: string): string[] {
  const wanted = text.split(",");
  const unknown = wanted.filter((name) => !(name in CONTENDERS));
  if (unknown.length === 0) return wanted;
  throw new InvalidArgumentError(
    `there is no ${unknown.join(", ")}; choose from ${Object.keys(CONTENDERS).join(", ")}`,
  );
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
}

/** Runs the contenders one after another. @returns the report; the server and all data are gone afterwards. */
export async function bench(options: Options): Promise<BenchReport> {
  const server = await BenchServer.start();
  const stop = () => void server.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const started = Date.now();
    let told = 0;
    await server.loadSeed(options.appointments, ({ phase, done, total }) => {
      if (Date.now() - told < 5000) return;
      told = Date.now();
      say(`loading ${phase}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
    });
    say(`loaded in ${Math.round((Date.now() - started) / 1000)} s`);
    const settings: BenchOptions = {
      writesPerSecond: options.rate,
      readsPerSecond: options.reads,
      baselineSeconds: options.baseline,
      limitSeconds: options.limit,
      seed: 1,
    };
    const report: BenchReport = {
      date: new Date().toISOString().slice(0, 10),
      command: `npm run bench:hook -- --appointments ${options.appointments} --rate ${options.rate}`,
      machine: machine(),
      appointments: options.appointments,
      writesPerSecond: options.rate,
      readsPerSecond: options.reads,
      contenders: [],
    };
    for (const [position, name] of options.only.entries()) {
      const contender = CONTENDERS[name];
      if (contender === undefined) continue;
      say(`running: ${contender.name}`);
      const result = await runContender(server, contender, settings, `bench_${position}`);
      report.contenders.push(result);
      say(
        `  worst write ${worstWriteMs(result).toFixed(0)} ms, ${errorCount(result)} errors, ${result.proof.lost + result.proof.unexplained} rows lost, ${result.seconds.toFixed(0)} s; ${result.remarks.join("; ")}`,
      );
    }
    return report;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await server.stop();
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function main(): Promise<void> {
  const program = new Command("bench:hook")
    .description(
      "what indexes and partitions cost a live database: the hook beside the naive ways and pg_partman's own",
    )
    .option("--appointments <n>", "rows of the table", whole, 5_000_000)
    .option("--rate <n>", "writes per second", whole, 500)
    .option("--reads <n>", "reads per second", whole, 200)
    .option("--baseline <seconds>", "load before each contender", whole, 15)
    .option("--limit <seconds>", "longest time of the hook", whole, 1200)
    .option("--only <names>", `contenders, of ${Object.keys(CONTENDERS).join(",")}`, names, Object.keys(CONTENDERS))
    .option("--json <file>", "write the figures there")
    .option("--markdown <file>", "write the report there, e.g. docs/benchmarks/hook.md");
  program.parse();
  const options = program.opts<Options>();
  const report = await bench(options);
  process.stdout.write(`${renderReport(report)}\n`);
  if (options.json !== undefined) write(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (options.markdown !== undefined) write(join(options.markdown), renderReport(report));
}

if (require.main === module)
  main().catch((error: unknown) => {
    process.stderr.write(`bench:hook: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
