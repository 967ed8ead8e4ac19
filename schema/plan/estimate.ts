import type { WantedIndex } from "../manifest/manifest-schema";
import type { Facts, TableFact } from "./facts";
import type { Step } from "./steps";

/** What a step will cost, roughly: for deciding when to run it, not for a promise. */
export interface Estimate {
  /** Bytes of what is built. */
  bytes: number;
  /** Seconds on two idle cores with the table in memory; a loaded server or a cold disk takes a multiple. */
  seconds: number;
}

/** Key and tuple of a B-tree: 8 bytes of header and 4 of line pointer, the page nine tenths full (PG manual 67.4, fillfactor). */
const TUPLE_BYTES = 12;
const FILL = 0.9;
/** Width of an expression's value, or of a column that was never analysed. */
const UNKNOWN_BYTES = 16;
/** Rows a second of a concurrent build, both scans and the sort: 5 million take 4 to 6 s (docs/schema.md). */
const BUILD_ROWS_PER_SECOND = 1_000_000;
/** GIN takes every word of a row apart. */
const GIN_ROWS_PER_SECOND = 100_000;
/** A BRIN summary of 128 pages takes some 30 bytes (PG manual 71.1). */
const PAGES_PER_RANGE = 128;
const PAGE_BYTES = 8192;
/** Rows a second of an online conversion: copied, indexed, checked. */
const CONVERT_ROWS_PER_SECOND = 50_000;
const ANALYZE_SECONDS = 1;

const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;

function keyBytes(index: WantedIndex, table: TableFact): number {
  const widths = [...index.keys, ...index.include].map(
    (key) => table.columnBytes[key.split(/\s/)[0] ?? ""] ?? UNKNOWN_BYTES,
  );
  return aligned(widths.reduce((sum, width) => sum + width, 0));
}

/** Pure. A partial index is taken for a whole one: nobody knows how much its predicate leaves out. */
export function estimateIndex(index: WantedIndex, table: TableFact): Estimate {
  const rows = Math.max(0, table.estimatedRows);
  switch (index.method) {
    case "brin":
      return {
        bytes: Math.max(3 * PAGE_BYTES, (table.bytes / PAGE_BYTES / PAGES_PER_RANGE) * 30),
        seconds: rows / BUILD_ROWS_PER_SECOND,
      };
    case "gin":
    case "gist":
    case "spgist":
      return { bytes: rows * keyBytes(index, table), seconds: rows / GIN_ROWS_PER_SECOND };
    case "hash":
      return { bytes: (rows * (TUPLE_BYTES + 8)) / FILL, seconds: rows / BUILD_ROWS_PER_SECOND };
    case "btree":
      return { bytes: (rows * (TUPLE_BYTES + keyBytes(index, table))) / FILL, seconds: rows / BUILD_ROWS_PER_SECOND };
  }
}

/** What the step will cost, or null where nothing grows with the data. */
export function estimateStep(step: Step, facts: Facts): Estimate | null {
  const { operation } = step;
  if (operation === undefined || !("table" in operation)) return null;
  const table = facts.tables.find(
    ({ schema, name }) => schema === operation.table.schema && name === operation.table.name,
  );
  if (table === undefined) return null;
  switch (operation.kind) {
    case "index":
      return estimateIndex(operation.index, table);
    case "partition":
      return operation.mode === "convert"
        ? { bytes: table.bytes, seconds: Math.max(0, table.estimatedRows) / CONVERT_ROWS_PER_SECOND }
        : null;
    case "analyze":
      return { bytes: 0, seconds: ANALYZE_SECONDS };
  }
}
