import type { WantedIndex, WantedTable } from "../manifest/manifest-schema";

export type StepKind =
  | "role"
  | "schema"
  | "extension"
  | "partitions"
  | "grant"
  | "settings"
  | "index"
  | "statistics"
  | "routine"
  | "analyze";

/**
 * create: not there yet · drop: ours and no longer wanted, or a broken build's remains · replace: there, but different or broken · adopt: there under another name, used as it is ·
 * keep: as wanted · pending: what it stands on does not exist yet · refused: cannot be done, and the reason says what to do.
 */
export type StepAction = "create" | "replace" | "adopt" | "keep" | "pending" | "drop" | "refused";

export type LockLevel =
  | "none"
  | "catalogue only"
  | "share update exclusive: reads and writes go on"
  | "short: reads and writes go on, but for moments under the cut-over budget"
  | "access exclusive: reads and writes wait";

/** What a step does to the database. Data, so that a plan can be printed, hashed and stored. */
export type Operation =
  /** Statements in one transaction under the short lock budget. */
  | { kind: "statements"; statements: string[] }
  | { kind: "password"; role: string }
  | { kind: "index"; table: { schema: string; name: string }; index: WantedIndex; application: string }
  /** `on` is the name of its table. */
  | { kind: "drop-index"; schema: string; name: string; on: string }
  | { kind: "partition"; table: WantedTable; mode: "convert" | "register" }
  | { kind: "analyze"; table: { schema: string; name: string }; vacuum: boolean };

export interface Step {
  kind: StepKind;
  /** Name of the object, for people and for the ledger. */
  object: string;
  action: StepAction;
  reason: string;
  lock: LockLevel;
  /** Present exactly when the action is create or replace. */
  operation?: Operation;
}

export function changes(step: Step): step is Step & { operation: Operation } {
  return step.operation !== undefined;
}

export function keep(kind: StepKind, object: string, reason = "as wanted"): Step {
  return { kind, object, action: "keep", reason, lock: "none" };
}

export function pending(kind: StepKind, object: string, reason: string): Step {
  return { kind, object, action: "pending", reason, lock: "none" };
}

export function refused(kind: StepKind, object: string, reason: string): Step {
  return { kind, object, action: "refused", reason, lock: "none" };
}
