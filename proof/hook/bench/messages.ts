/** What the load process is told at its start, as JSON in its first argument. */
export interface LoadOrder {
  connection: { host: string; port: number; database: string; user: string; password: string };
  writesPerSecond: number;
  readsPerSecond: number;
  seed: number;
}

/** Latencies of one phase in milliseconds: from the moment the operation was due, and from the moment it was sent. */
export interface Latencies {
  count: number;
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

export interface PhaseReport {
  phase: string;
  seconds: number;
  writes: Latencies;
  writesFromSend: Latencies;
  reads: Latencies;
  /** SQLSTATE or socket error → how many operations it ended. */
  errors: Record<string, number>;
  /** What statements of 50 ms and more were seen to wait for, sampled every 20 ms → how often. */
  waits: Record<string, number>;
  /** How late the load's own clock was at worst: scheduling of the machine, not of the database. */
  clockLateMs: number;
}

/** What the load believes the rows it touched must be now. */
export interface ExpectedRow {
  id: string;
  /** null: deleted. */
  row: { appointmentDate: string; status: string; reason: string } | null;
}

export interface LoadResult {
  phases: PhaseReport[];
  expected: ExpectedRow[];
  /** Rows of operations that failed. */
  uncertain: number;
}

export type ToLoad = { kind: "phase-ended"; phase: string } | { kind: "stop" };
export type FromLoad = { kind: "ready" } | { kind: "result"; result: LoadResult };
