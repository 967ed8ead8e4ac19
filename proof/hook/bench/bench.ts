import { cpus, totalmem } from "node:os";

import { BenchServer, type Seed } from "./arena";
import type { Contender } from "./contender";
import { naiveConversion, naiveIndexes } from "./naive";
import { partmanMove } from "./partman-move";
import { errorCount, worstWriteMs, wrongRows, type BenchReport } from "./report";
import { runContender, type BenchOptions } from "./run-contender";
import { hookAttach, hookCopy } from "./the-hook";

export const CONTENDERS = {
  hook: hookCopy,
  attach: hookAttach,
  indexes: naiveIndexes,
  offline: naiveConversion,
  partman: partmanMove,
} satisfies Record<string, Contender>;

export type ContenderName = keyof typeof CONTENDERS;

export interface BenchSettings {
  /** Rows of the table. */
  appointments: number;
  /** Rows of a smaller table on which the hook runs too, to show that its stalls do not depend on the size; 0 leaves it out. */
  small: number;
  /** Writes a second. */
  rate: number;
  /** Reads a second. */
  reads: number;
  /** Seconds of load before each contender. */
  baseline: number;
  /** Longest time of one contender, in seconds. */
  limit: number;
  only: readonly ContenderName[];
  /** As the reader would type it. */
  command: string;
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
}

async function load(server: BenchServer, appointments: number, say: (text: string) => void): Promise<Seed> {
  const started = Date.now();
  let told = Date.now();
  const seed = await server.loadSeed(appointments, ({ phase, done, total }) => {
    if (Date.now() - told < 5000) return;
    told = Date.now();
    say(`loading ${phase}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
  });
  say(`loaded ${appointments.toLocaleString("en")} appointments in ${Math.round((Date.now() - started) / 1000)} s`);
  return seed;
}

/** Runs the contenders one after another on copies of the same data. @returns the report; server and data are gone afterwards. */
export async function bench(settings: BenchSettings, say: (text: string) => void): Promise<BenchReport> {
  const server = await BenchServer.start();
  const stop = () => void server.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const options: BenchOptions = {
    writesPerSecond: settings.rate,
    readsPerSecond: settings.reads,
    baselineSeconds: settings.baseline,
    limitSeconds: settings.limit,
    seed: 1,
  };
  const run = async (contender: Contender, seed: Seed) => {
    say(`running: ${contender.name}, ${seed.appointments.toLocaleString("en")} appointments`);
    const result = await runContender(server, contender, options, seed);
    say(
      `  worst write ${worstWriteMs(result).toFixed(0)} ms, ${errorCount(result)} errors, ${wrongRows(result)} rows wrong, ${result.seconds.toFixed(0)} s; ${result.remarks.join("; ")}`,
    );
    return result;
  };
  try {
    const report: BenchReport = {
      date: new Date().toISOString().slice(0, 10),
      command: settings.command,
      machine: machine(),
      appointments: settings.appointments,
      writesPerSecond: settings.rate,
      readsPerSecond: settings.reads,
      contenders: [],
      small: null,
    };
    const seed = await load(server, settings.appointments, say);
    for (const name of settings.only) report.contenders.push(await run(CONTENDERS[name], seed));
    if (settings.small > 0) report.small = await run(CONTENDERS.hook, await load(server, settings.small, say));
    return report;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await server.stop();
  }
}
