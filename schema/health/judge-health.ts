/** What the database says about its partitions, indexes and conversions. */
export interface HealthFacts {
  /** The server's clock, in milliseconds. */
  nowMs: number;
  partitions: {
    parent: string;
    premakeWanted: number;
    premade: number;
    defaultPartition: string | null;
    defaultHoldsRows: boolean;
    lastMaintainedMs: number | null;
  }[];
  invalidIndexes: { index: string; table: string }[];
  openConversions: { table: string; phase: string }[];
}

export interface Finding {
  severity: "high" | "medium";
  object: string;
  what: string;
  cure: string;
}

/** The CronJob runs hourly: a day without it is a fault, not a delay. */
const OVERDUE_MS = 24 * 3600 * 1000;

/** What needs somebody's attention. Pure. */
export function judgeHealth(facts: HealthFacts): Finding[] {
  const findings: Finding[] = [];
  for (const set of facts.partitions) {
    if (set.defaultHoldsRows)
      findings.push({
        severity: "high",
        object: set.defaultPartition ?? set.parent,
        what: "the default partition holds rows: no partition can be made for their range",
        cure: "Move them into a partition of their own (docs/runbooks/schema.md), and raise premake.",
      });
    // The month that begins takes one away until the next run.
    if (set.premade < set.premakeWanted - 1)
      findings.push({
        severity: "high",
        object: set.parent,
        what: `${set.premade} partitions are ready ahead of now, ${set.premakeWanted} are wanted`,
        cure: "Run the maintenance: kubectl create job --from=cronjob/plinth-maintenance, and read its log.",
      });
    if (set.lastMaintainedMs !== null && facts.nowMs - set.lastMaintainedMs > OVERDUE_MS)
      findings.push({
        severity: "medium",
        object: set.parent,
        what: `its last maintenance was ${Math.floor((facts.nowMs - set.lastMaintainedMs) / 3_600_000)} hours ago`,
        cure: "See why the CronJob plinth-maintenance does not run or fails.",
      });
  }
  for (const { index, table } of facts.invalidIndexes)
    findings.push({
      severity: "medium",
      object: index,
      what: `it is invalid: every write to ${table} pays for it and no query uses it`,
      cure: "Apply the manifest if it is ours; else drop index concurrently.",
    });
  for (const { table, phase } of facts.openConversions)
    findings.push({
      severity: "medium",
      object: table,
      what: `its conversion to partitions stands at "${phase}"`,
      cure: "Run plinth schema apply to go on, or plinth schema abort to go back.",
    });
  return findings;
}
