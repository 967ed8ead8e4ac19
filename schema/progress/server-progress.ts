import type { Progress } from "../apply/perform";

/** A row of one of the pg_stat_progress views as JSON. */
export type Seen = Record<string, unknown>;

const number = (seen: Seen, field: string) => Number(seen[field] ?? 0);
const phase = (seen: Seen) => (typeof seen["phase"] === "string" ? seen["phase"] : "");

/**
 * pg_stat_progress_create_index as one figure: what counts differs by phase (PG manual 28.4.4). While it waits for older
 * transactions the figure is the sessions it still waits for.
 */
export function fromCreateIndex(seen: Seen): Progress {
  const said = `building index: ${phase(seen)}`;
  if (phase(seen).startsWith("waiting"))
    return {
      phase: said,
      done: number(seen, "lockers_done"),
      total: number(seen, "lockers_total"),
      unit: "sessions waited for",
    };
  if (number(seen, "tuples_total") > 0)
    return { phase: said, done: number(seen, "tuples_done"), total: number(seen, "tuples_total"), unit: "tuples" };
  return { phase: said, done: number(seen, "blocks_done"), total: number(seen, "blocks_total"), unit: "blocks" };
}

export function fromAnalyze(seen: Seen): Progress {
  return {
    phase: `analysing: ${phase(seen)}`,
    done: number(seen, "sample_blks_scanned"),
    total: number(seen, "sample_blks_total"),
    unit: "blocks",
  };
}

export function fromVacuum(seen: Seen): Progress {
  return {
    phase: `vacuuming: ${phase(seen)}`,
    done: number(seen, "heap_blks_scanned"),
    total: number(seen, "heap_blks_total"),
    unit: "blocks",
  };
}
