/** What an alarm watches. */
export type Scope = "primary" | "replica" | "instance" | "pooler" | "cacheNode";

/** Sizes that thresholds are shares of. */
export interface Facts {
  readonly maxConnections: number;
  readonly allocatedStorageBytes: number;
  readonly memoryBytes: number;
  readonly maxClientConnections: number;
}

/** Success criteria of the epic, as it words them. */
export type EpicCriterion =
  | "All queries execute in <50ms (p95)"
  | "Connection pool utilization <70%"
  | "Cache hit ratio >85%"
  | "Database CPU usage <60% under normal load"
  | "Zero deadlocks in production"
  | "Read replica lag <1 second"
  | "Connection wait time <10ms"
  | "Connection leak detection implemented"
  | "Automatic partition management"
  | "Index maintenance automated";

/** A CloudWatch metric of one dimension set; the dimension itself follows from the scope. */
export interface MetricSource {
  readonly namespace: string;
  readonly metric: string;
  readonly stat: "Average" | "Maximum" | "Minimum" | "Sum";
}

/** One row of the table that alarms and documentation are made from. */
export interface Threshold {
  /** Also the alarm's name after the stack's prefix. */
  readonly id: string;
  readonly scope: Scope;
  readonly epic?: EpicCriterion;
  /** One metric, or several and an expression over their ids. */
  readonly source:
    | MetricSource
    | { readonly expression: string; readonly label: string; readonly metrics: Readonly<Record<string, MetricSource>> };
  readonly comparison: "above" | "below";
  readonly limit: (facts: Facts) => number;
  readonly unit: string;
  readonly periodSeconds: number;
  /** Datapoints that must be bad, out of how many. */
  readonly datapoints: readonly [bad: number, of: number];
  /** What silence means: a dead exporter must not look healthy. */
  readonly missing: "breaching" | "notBreaching";
  /** What it means and where its number comes from. */
  readonly why: string;
}

/** Namespaces of figures that RDS does not publish; the collector fills them. */
export const postgresNamespace = "Plinth/Postgres";
export const poolerNamespace = "Plinth/Pooler";
export const rdsNamespace = "AWS/RDS";
export const cacheNamespace = "AWS/ElastiCache";
