import type { Manifest } from "../../manifest/manifest-schema";
import type { Facts } from "../facts";
import { changes, type Step } from "../steps";

/** A changed table gets fresh statistics at the end: expression indexes and extended statistics are blind until then. */
export function decideAnalyze(manifest: Manifest, facts: Facts, before: Step[]): Step[] {
  const changed = before.filter(changes);
  return manifest.tables.flatMap((table): Step[] => {
    const fact = facts.tables.find((each) => each.schema === table.schema && each.name === table.name);
    if (fact === undefined) return [];
    const isThis = (other: { schema: string; name: string }) =>
      other.schema === table.schema && other.name === table.name;
    const converted = changed.some(({ operation }) => operation.kind === "partition" && isThis(operation.table));
    const indexed = changed.some(({ operation }) => operation.kind === "index" && isThis(operation.table));
    const counted = changed.some(
      ({ kind, object }) =>
        kind === "statistics" && table.statistics.some((each) => object === `statistics ${table.schema}.${each.name}`),
    );
    // Rows that moved in a run which died before this step are still unknown to the planner.
    const unknown = fact.estimatedRows < 0;
    if (!converted && !indexed && !counted && !unknown) return [];
    return [
      {
        kind: "analyze",
        object: `planner statistics of ${table.schema}.${table.name}`,
        action: "replace",
        reason: converted ? "its rows moved" : unknown ? "it was never analysed" : "it changed",
        lock: "share update exclusive: reads and writes go on",
        // Index-only scans need the visibility map, and rows that just moved have none.
        operation: { kind: "analyze", table: { schema: table.schema, name: table.name }, vacuum: converted || unknown },
      },
    ];
  });
}
