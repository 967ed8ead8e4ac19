import type { Measurement } from "./measure";
import type { PlanSummary } from "./plan-summary";

export interface ComparisonRow {
  name: string;
  purpose: string;
  beforeP50Ms: number;
  beforeP95Ms: number;
  afterP50Ms: number;
  afterP95Ms: number;
  /** Median before divided by median after: above 1 is faster. */
  speedUp: number;
  beforePlan: string;
  afterPlan: string;
}

/** One line for a plan: the indexes it used, what it read whole, how many tables it touched. */
export function describePlan(plan: PlanSummary): string {
  const scans =
    plan.sequentialScans.length > 2 ? `${plan.sequentialScans.length} tables` : plan.sequentialScans.join(", ");
  return [
    ...(plan.indexes.length > 0 ? [plan.indexes.join(", ")] : []),
    ...(scans === "" ? [] : [`seq scan of ${scans}`]),
    `${plan.relationsScanned} table${plan.relationsScanned === 1 ? "" : "s"}, ${plan.buffers} pages`,
  ].join("; ");
}

/** Pairs measurements by name; a query measured only once is left out. */
export function compareMeasurements(before: Measurement[], after: Measurement[]): ComparisonRow[] {
  return before.flatMap((first) => {
    const second = after.find((each) => each.name === first.name);
    if (second === undefined) return [];
    return [
      {
        name: first.name,
        purpose: first.purpose,
        beforeP50Ms: first.p50Ms,
        beforeP95Ms: first.p95Ms,
        afterP50Ms: second.p50Ms,
        afterP95Ms: second.p95Ms,
        speedUp: first.p50Ms / second.p50Ms,
        beforePlan: describePlan(first.plan),
        afterPlan: describePlan(second.plan),
      },
    ];
  });
}

export function geometricMean(values: number[]): number {
  return values.length === 0
    ? Number.NaN
    : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

const ms = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const ratio = (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)}×`;

/** A table for a terminal, with what each query now stands on, and the geometric mean of the ratios as its last line. */
export function renderComparison(rows: ComparisonRow[]): string {
  const head = ["query", "before p50", "p95 ms", "after p50", "p95 ms", "faster", "plan now"];
  const cells = rows.map((row) => [
    row.name,
    ms(row.beforeP50Ms),
    ms(row.beforeP95Ms),
    ms(row.afterP50Ms),
    ms(row.afterP95Ms),
    ratio(row.speedUp),
    row.afterPlan,
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const last = head.length - 1;
  const render = (row: string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (column === last) return cell;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ");
  const mean = geometricMean(rows.map((row) => row.speedUp));
  const slowest = Math.max(...rows.map((row) => row.afterP95Ms));
  return [
    render(head),
    ...cells.map(render),
    `geometric mean ${ratio(mean)} faster; slowest p95 now ${ms(slowest)} ms; ${rows.filter((row) => row.speedUp < 1).length} of ${rows.length} slower than before`,
  ].join("\n");
}
