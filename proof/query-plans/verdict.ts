import type { ClinicQuery } from "../../schema/clinic/queries";
import type { Observation } from "./observe";

export interface QueryComparison {
  query: ClinicQuery;
  before: Observation;
  after: Observation;
  /** Median before divided by median after. */
  ratio: number;
}

/** Of every typical query at 5 million appointments (docs/query-plans.md). */
export const WANTED_P95_MS = 50;
/** Below it a query counts as not improved, and must say why. */
export const IMPROVED_FROM = 2;

/** @throws Error when a query was not observed on both sides. */
export function pair(queries: readonly ClinicQuery[], before: Observation[], after: Observation[]): QueryComparison[] {
  return queries.map((query) => {
    const first = before.find(({ name }) => name === query.name);
    const second = after.find(({ name }) => name === query.name);
    if (first === undefined || second === undefined) throw new Error(`${query.name} was not observed twice`);
    return { query, before: first, after: second, ratio: first.p50Ms / second.p50Ms };
  });
}

/** What keeps the document from being good: slow queries, and queries that are no faster without saying why. */
export function shortcomings(comparisons: readonly QueryComparison[]): string[] {
  return comparisons.flatMap(({ query, after, ratio }) => [
    ...(after.p95Ms < WANTED_P95_MS
      ? []
      : [`${query.name} takes ${after.p95Ms.toFixed(0)} ms (p95), ${WANTED_P95_MS} are wanted`]),
    ...(ratio >= IMPROVED_FROM || query.whyNotFaster !== undefined
      ? []
      : [`${query.name} is only ${ratio.toFixed(1)} times as fast, and its whyNotFaster in queries.ts is missing`]),
  ]);
}
