import { Client, type ClientConfig } from "pg";

import type { BenchServer, Seed } from "./arena";
import { errorMessage } from "../../../schema/errors";
import type { Arena, Contender } from "./contender";
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
  /** Rows of the table at the start. */
  appointments: number;
  what: string;
  seconds: number;
  phases: PhaseReport[];
  proof: RowProof;
  remarks: string[];
  /** It did not do what it was to do. */
  failed: boolean;
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

async function outcomeOf(contender: Contender, arena: Arena): Promise<{ remarks: string[]; failed: boolean }> {
  try {
    return { remarks: await contender.run(arena), failed: false };
  } catch (error) {
    return { remarks: [`it failed: ${errorMessage(error)}`], failed: true };
  }
}

/** One contender on its own copy of the clinic, under load from before its start until after its end. */
export async function runContender(
  server: BenchServer,
  contender: Contender,
  options: BenchOptions,
  seed: Seed,
): Promise<ContenderReport> {
  const database = "bench_run";
  const { master, superuser } = await server.copy(database, seed);
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
    const { remarks, failed } = await outcomeOf(contender, {
      master,
      superuser,
      phaseEnded: (phase) => load.phaseEnded(phase),
      limitSeconds: options.limitSeconds,
    });
    const seconds = (Date.now() - started) / 1000;
    await pause(2);
    const { phases, expected, uncertain } = await load.stop();
    const proof = await withClient(superuser, (client) => verifyRows(client, expected, uncertain));
    return {
      name: contender.name,
      what: contender.what,
      appointments: seed.appointments,
      seconds,
      phases: mergePhases(phases),
      proof,
      remarks,
      failed,
    };
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

function added(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const sum = { ...a };
  for (const [key, count] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}

function worseOf(a: PhaseReport, b: PhaseReport): PhaseReport {
  const worse = (key: "writes" | "writesFromSend" | "reads") => ({
    count: a[key].count + b[key].count,
    p50: Math.max(a[key].p50, b[key].p50),
    p99: Math.max(a[key].p99, b[key].p99),
    p999: Math.max(a[key].p999, b[key].p999),
    max: Math.max(a[key].max, b[key].max),
  });
  return {
    phase: a.phase,
    seconds: a.seconds + b.seconds,
    writes: worse("writes"),
    writesFromSend: worse("writesFromSend"),
    reads: worse("reads"),
    errors: added(a.errors, b.errors),
    waits: added(a.waits, b.waits),
    clockLateMs: Math.max(a.clockLateMs, b.clockLateMs),
  };
}
