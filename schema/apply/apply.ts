import { setTimeout as pause } from "node:timers/promises";

import { SchemaError, errorCode, errorMessage } from "../errors";
import { qualified, type Session } from "../database/sql";
import { digestOf } from "../manifest/digest";
import { changes, type Operation, type Step } from "../plan/steps";
import { describeBlockers } from "./blockers";
import { cureFor } from "./cures";
import { Ledger } from "./ledger";
import { perform, type PerformContext } from "./perform";
import { substeps } from "./substeps";

/** lock_not_available, deadlock_detected, query_canceled by somebody else: worth another try. Nothing else is. */
const RETRYABLE = new Set(["55P03", "40P01", "57014"]);

export interface ApplyContext extends Omit<PerformContext, "substep"> {
  onStart: (step: Step, position: number, total: number) => void;
  onDone: (step: Step, position: number, total: number, durationMs: number) => void;
  onRetry: (step: Step, why: string, blockers: string[]) => void;
  /** Digest of the manifest that is applied, for the ledger. */
  manifestDigest: string;
  actor?: string;
  /** Milliseconds waited for locks since it was last asked. */
  takeLockWaitMs: () => number;
  onSubstep: (step: Step, name: string, durationMs: number, detail: string | null) => void;
}

function tableOf(operation: Operation): string | null {
  return operation.kind === "index" || operation.kind === "analyze" || operation.kind === "partition"
    ? qualified(operation.table)
    : null;
}

function failure(step: Step, error: unknown): SchemaError {
  const sqlState = errorCode(error);
  return new SchemaError(
    {
      what: `Step "${step.action} ${step.object}" failed${sqlState === "" ? "" : ` (SQLSTATE ${sqlState})`}: ${errorMessage(error)}`,
      got: step.reason,
      cure: error instanceof SchemaError ? error.cure : cureFor(sqlState),
    },
    error,
  );
}

async function attempt(
  session: Session,
  step: Step & { operation: Operation },
  context: ApplyContext,
  ledger: Ledger,
  onAttempt: (attempts: number) => void,
): Promise<void> {
  const performing: PerformContext = {
    ...context,
    substep: substeps(ledger, step, context.takeLockWaitMs, (name, ms, detail) =>
      context.onSubstep(step, name, ms, detail),
    ),
  };
  for (let attempts = 1; ; attempts++) {
    const stop = context.stopping();
    if (stop !== null)
      throw new SchemaError({ what: stop, got: "before the step began", cure: "The next run goes on from here." });
    onAttempt(attempts);
    try {
      return await perform(session, step.operation, performing);
    } catch (error) {
      if (!RETRYABLE.has(errorCode(error)) || context.stopping() !== null) throw error;
      const blockers = await describeBlockers(session, tableOf(step.operation));
      context.onRetry(step, `${errorCode(error)} ${errorMessage(error)}`, blockers);
      if (attempts >= context.budgets.attempts) throw error;
      // Half as long to half as much again: two runners, or a cron job, do not meet again and again.
      await pause(context.budgets.firstPauseMs * 2 ** (attempts - 1) * (0.5 + Math.random()));
    }
  }
}

/**
 * Does the steps that change something, in order, each with an entry in the ledger.
 * @returns how many were done.
 * @throws SchemaError naming the step, its SQLSTATE and the cure; what was done before stays done.
 */
export async function apply(session: Session, steps: Step[], context: ApplyContext): Promise<number> {
  const todo = steps.filter(changes);
  if (todo.length === 0) return 0;
  const ledger = await Ledger.open(session, context);
  for (const [index, step] of todo.entries()) {
    context.onStart(step, index + 1, todo.length);
    const started = performance.now();
    const entry = await ledger.begin({
      step: step.object,
      action: step.action,
      digest: digestOf(step.operation),
      reason: step.reason,
    });
    let attempts = 0;
    context.takeLockWaitMs();
    const outcome = () => ({
      durationMs: performance.now() - started,
      attempts,
      lockWaitMs: context.takeLockWaitMs(),
    });
    try {
      await attempt(session, step, context, ledger, (count) => (attempts = count));
      const done = outcome();
      await ledger.end(entry, { result: "done", ...done });
      context.onDone(step, index + 1, todo.length, done.durationMs);
    } catch (error) {
      const report = failure(step, error);
      // The session itself may be gone; the entry then stays "running" and the next run marks it interrupted.
      await ledger
        .end(entry, { result: "failed", ...outcome(), sqlState: errorCode(error), detail: report.what })
        .catch(() => undefined);
      throw report;
    }
  }
  return todo.length;
}
