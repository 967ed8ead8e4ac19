import { Client, type ClientConfig } from "pg";

import { measureClinic } from "../../schema/clinic/measure";
import { CLINIC_QUERIES, type ClinicQuery } from "../../schema/clinic/queries";
import { describePlan } from "../../schema/clinic/compare";
import { rowsOf, type Session } from "../../schema/database/sql";

/** What one query costs on one state of the schema. */
export interface Observation {
  name: string;
  runs: number;
  p50Ms: number;
  p95Ms: number;
  /** One line: indexes used, tables read whole, pages. */
  summary: string;
  /** EXPLAIN (ANALYZE, BUFFERS) with the first set of parameters. */
  plan: string;
  /** The first set of parameters. */
  parameters: string[];
  /** Partitions that the plan read, of those the query's tables have; null where no table is partitioned. */
  partitions: { read: number; total: number } | null;
}

interface Leaf {
  parent: string;
  leaf: string;
}

const LEAVES = `
  select p.relname as parent, c.relname as leaf
  from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_class c on c.oid = i.inhrelid
  where p.relkind = 'p' and p.relnamespace = 'public'::regnamespace`;

/** Partitions named by nodes that ran. */
export function partitionsRead(plan: string, leaves: readonly Leaf[]): { read: number; total: number } | null {
  const named = new Set<string>();
  for (const line of plan.split("\n")) {
    if (line.includes("(never executed)")) continue;
    const [, relation] = / on (\S+)/.exec(line) ?? [];
    if (relation !== undefined) named.add(relation);
  }
  const parents = new Set(leaves.filter(({ leaf }) => named.has(leaf)).map(({ parent }) => parent));
  if (parents.size === 0) return null;
  const own = leaves.filter(({ parent }) => parents.has(parent));
  return { read: own.filter(({ leaf }) => named.has(leaf)).length, total: own.length };
}

async function planOf(session: Session, query: ClinicQuery): Promise<{ plan: string; parameters: string[] }> {
  const { rows: sets } = await session.query<unknown[]>({ text: query.parameters, values: [1], rowMode: "array" });
  const values = sets[0] ?? [];
  const lines = await rowsOf<{ "QUERY PLAN": string }>(session, `explain (analyze, buffers) ${query.sql}`, values);
  return { plan: lines.map((line) => line["QUERY PLAN"]).join("\n"), parameters: values.map(String) };
}

/** Measures every typical query, and keeps one plan of each. Changes nothing. */
export async function observeClinic(config: ClientConfig, runs: number): Promise<Observation[]> {
  const measured = await measureClinic(config, { runs });
  const client = new Client({ ...config, application_name: "plinth-plans" });
  await client.connect();
  try {
    await client.query("set search_path = public");
    client.setTypeParser(1082, (text: string) => text);
    const leaves = await rowsOf<Leaf>(client, LEAVES);
    const observed: Observation[] = [];
    for (const query of CLINIC_QUERIES) {
      const measurement = measured.find(({ name }) => name === query.name);
      if (measurement === undefined) throw new Error(`${query.name} was not measured`);
      const { plan, parameters } = await planOf(client, query);
      observed.push({
        name: query.name,
        runs: measurement.runs,
        p50Ms: measurement.p50Ms,
        p95Ms: measurement.p95Ms,
        summary: describePlan(measurement.plan),
        plan,
        parameters,
        partitions: partitionsRead(plan, leaves),
      });
    }
    return observed;
  } finally {
    await client.end();
  }
}
