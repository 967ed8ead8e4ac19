import { Client, type ClientConfig } from "pg";

import { rowsOf, type Session } from "../database/sql";
import { CLINIC_QUERIES, type ClinicQuery } from "./queries";
import { summarizePlan, type PlanSummary } from "./plan-summary";

export interface Measurement {
  name: string;
  purpose: string;
  runs: number;
  /** Execution plus planning, as the server measured it. */
  p50Ms: number;
  p95Ms: number;
  /** Of the last run. */
  plan: PlanSummary;
}

/** A query that takes seconds is not asked seven times: nobody waits minutes to learn that it is slow. */
const ENOUGH_MS = 2000;
const FEWEST_RUNS = 2;

export interface MeasureOptions {
  queries?: ClinicQuery[];
  /** Most runs of each query, each with other parameters. @default 7 */
  runs?: number;
  onProgress?: (name: string, done: number, total: number) => void;
}

/** The value below which the share of the samples lies (nearest rank). */
export function percentile(samples: number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

async function explain(session: Session, sql: string, values: unknown[]): Promise<PlanSummary> {
  const [row] = await rowsOf<{ "QUERY PLAN": unknown }>(
    session,
    // Without a clock reading for every row of every node, which is no part of what the application waits for.
    `explain (analyze, buffers, timing off, format json) ${sql}`,
    values,
  );
  return summarizePlan(row?.["QUERY PLAN"]);
}

async function measureOne(session: Session, query: ClinicQuery, runs: number): Promise<Measurement> {
  const { rows: sets } = await session.query<unknown[]>({ text: query.parameters, values: [runs], rowMode: "array" });
  const [first] = sets;
  if (first === undefined) throw new Error(`no parameters for ${query.name}: is the clinic loaded?`);
  const started = performance.now();
  const warmUp = await explain(session, query.sql, first);
  // What takes that long is not slow because a cache was cold: the warm-up counts.
  const samples = warmUp.executionMs > ENOUGH_MS / 2 ? [warmUp] : [];
  for (const values of sets) {
    if (samples.length >= FEWEST_RUNS && performance.now() - started > ENOUGH_MS) break;
    samples.push(await explain(session, query.sql, values));
  }
  const times = samples.map((sample) => sample.executionMs + sample.planningMs);
  const plan = samples.at(-1);
  if (plan === undefined) throw new Error(`no samples of ${query.name}`);
  return {
    name: query.name,
    purpose: query.purpose,
    runs: samples.length,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    plan,
  };
}

/** Runs each typical query with EXPLAIN (ANALYZE, BUFFERS), once to warm up and up to `runs` times to measure. Changes nothing. */
export async function measureClinic(config: ClientConfig, options: MeasureOptions = {}): Promise<Measurement[]> {
  const queries = options.queries ?? CLINIC_QUERIES;
  const client = new Client({ application_name: "plinth-measure", ...config });
  await client.connect();
  try {
    await client.query(
      "select set_config('statement_timeout', '60s', false), set_config('search_path', 'public', false)",
    );
    // A date must come back as the text it was: a JavaScript date would shift with the time zone.
    client.setTypeParser(1082, (text: string) => text);
    const measured: Measurement[] = [];
    for (const [index, query] of queries.entries()) {
      measured.push(await measureOne(client, query, options.runs ?? 7));
      options.onProgress?.(query.name, index + 1, queries.length);
    }
    return measured;
  } finally {
    await client.end();
  }
}
