import { Client, type ClientConfig } from "pg";

import type { BenchServer } from "./arena";
import type { Contender } from "./contender";
import { Load } from "./load";
import type { PhaseReport } from "./messages";
import { rememberRows, verifyRows, type RowProof } from "./verify";

export interface BenchOptions {
  writesPerSecond: number;
  readsPerSecond: number;
  /** Seconds of load before the contender begins, for comparison. */
  baselineSeconds: number;
  limitSeconds: number;
  seed: number;
}

export interface ContenderReport {
  name: string;
  what: string;
  seconds: number;
  phases: PhaseReport[];
  proof: RowProof;
  remarks: string[];
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function withClient<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...config, application_name: "bench" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One contender on its own copy of the clinic, under load from before its start until after its end. */
export async function runContender(
  server: BenchServer,
  contender: Contender,
  options: BenchOptions,
  database: string,
): Promise<ContenderReport> {
  const { master, superuser } = await server.copy(database);
  await withClient(superuser, rememberRows);
  const load = await Load.start({
    connection: {
      host: String(superuser.host),
      port: Number(superuser.port),
      database,
      // The load owns nothing: it may work on the table whoever made it.
      user: String(superuser.user),
      password: String(superuser.password),
    },
    writesPerSecond: options.writesPerSecond,
    readsPerSecond: options.readsPerSecond,
    seed: options.seed,
  });
  try {
    await pause(2);
    load.phaseEnded("warm-up");
    await pause(options.baselineSeconds);
    load.phaseEnded("baseline");
    const started = Date.now();
    const remarks = await contender.run({
      master,
      superuser,
      phaseEnded: (phase) => load.phaseEnded(phase),
      limitSeconds: options.limitSeconds,
    });
    const seconds = (Date.now() - started) / 1000;
    await pause(2);
    const { phases, expected, uncertain } = await load.stop();
    const proof = await withClient(superuser, (client) => verifyRows(client, expected, uncertain));
    return { name: contender.name, what: contender.what, seconds, phases: mergePhases(phases), proof, remarks };
  } finally {
    load.kill();
    await server.drop(database);
  }
}

/** Phases of one name become one line: the worst of each figure, and the counts together. */
export function mergePhases(phases: readonly PhaseReport[]): PhaseReport[] {
  const merged = new Map<string, PhaseReport>();
  for (const phase of phases) {
    const known = merged.get(phase.phase);
    merged.set(phase.phase, known === undefined ? phase : worseOf(known, phase));
  }
  return [...merged.values()].filter(({ phase }) => phase !== "warm-up");
}

function worseOf(a: PhaseReport, b: PhaseReport): PhaseReport {
  const worse = (key: "writes" | "writesFromSend" | "reads") => ({
    count: a[key].count + b[key].count,
    p50: Math.max(a[key].p50, b[key].p50),
    p99: Math.max(a[key].p99, b[key].p99),
    p999: Math.max(a[key].p999, b[key].p999),
    max: Math.max(a[key].max, b[key].max),
  });
  const errors = { ...a.errors };
  for (const [code, count] of Object.entries(b.errors)) errors[code] = (errors[code] ?? 0) + count;
  return {
    phase: a.phase,
    seconds: a.seconds + b.seconds,
    writes: worse("writes"),
    writesFromSend: worse("writesFromSend"),
    reads: worse("reads"),
    errors,
  };
}
