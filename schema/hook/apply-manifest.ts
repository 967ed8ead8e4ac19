import type { ClientConfig } from "pg";

import { rowsOf, type Session } from "../database/sql";
import { SchemaError, errorCode, errorMessage } from "../errors";
import { describeBlockers } from "../apply/blockers";
import { cureFor } from "../apply/cures";
import type { Facts } from "../plan/facts";
import { apply } from "../apply/apply";
import { Ledger } from "../apply/ledger";
import type { Progress } from "../apply/perform";
import type { Budgets } from "../apply/budgets";
import { digestOf } from "../manifest/digest";
import type { Manifest } from "../manifest/manifest-schema";
import { completeHealthViews, ensureHealthViews } from "../health/views";
import { inspect } from "../plan/inspect/inspect";
import type { PasswordProbe } from "../plan/inspect/roles";
import { plan } from "../plan/plan";
import { changes, type Step, type StepKind } from "../plan/steps";
import { ProgressWatch } from "../progress/progress-watch";
import type { RunListener } from "./listener";
import { line, summaryLine } from "./report";

export interface RunContext {
  session: Session;
  budgets: Budgets;
  passwords: Map<string, string>;
  passwordAccepted: PasswordProbe;
  print: (text: string) => void;
  listener: RunListener;
  /** How to reach the same server with a second session. */
  connection: ClientConfig;
  stopping: () => string | null;
  /** Name of the Job or person, for the ledger. */
  actor?: string;
}

/**
 * What the catalogue says now. Reading waits for locks too, when somebody else changes a table: not for long, and the
 * failure says so.
 */
export async function inspectCatalogue(manifest: Manifest, context: RunContext): Promise<Facts> {
  try {
    return await inspect(context.session, manifest, context.passwordAccepted);
  } catch (error) {
    const sqlState = errorCode(error);
    if (error instanceof SchemaError || sqlState === "") throw error;
    for (const blocker of sqlState === "55P03" ? await describeBlockers(context.session, null) : [])
      context.print(line("blocker", blocker));
    throw new SchemaError(
      {
        what: `The catalogue could not be read (SQLSTATE ${sqlState}): ${errorMessage(error)}`,
        got: `manifest of ${manifest.application}`,
        cure: cureFor(sqlState),
      },
      error,
    );
  }
}

/**
 * Plan, then apply. `only` restricts it to some kinds of steps.
 * @throws SchemaError when a step fails, or when something is refused after everything else is done.
 */
export async function applyManifest(manifest: Manifest, context: RunContext, only?: StepKind[]): Promise<void> {
  const started = performance.now();
  const { listener } = context;
  const facts = await inspectCatalogue(manifest, context);
  const steps = plan(manifest, facts, new Set(context.passwords.keys())).filter(
    (step) => only?.includes(step.kind) ?? true,
  );
  listener.planned(steps);
  const applied = await applyWatched(steps, manifest, context).finally(listener.ended);
  const refused = steps.filter(({ action }) => action === "refused");
  refused.forEach(listener.refused);
  context.print(summaryLine(steps, applied, performance.now() - started, digestOf(manifest)));
  if (refused.length > 0)
    throw new SchemaError({
      what: `${refused.length} object${refused.length === 1 ? " is" : "s are"} refused; everything else is applied`,
      got: refused.map((step) => step.object).join(", "),
      cure: "Each line that begins with refused says what to do.",
    });
}

/** Applies while a second session watches how far it is and what it waits for. */
async function applyWatched(steps: Step[], manifest: Manifest, context: RunContext): Promise<number> {
  const { session, listener } = context;
  if (!steps.some(changes)) {
    await Ledger.closeInterrupted(session);
    await completeHealthViews(session);
    return 0;
  }
  const [own] = await rowsOf<{ pid: number }>(session, "select pg_backend_pid() as pid");
  let current: Step | undefined;
  const onProgress = (progress: Progress) => {
    if (current !== undefined) listener.progress(current, progress);
  };
  const applied = await ProgressWatch.over(context.connection, own?.pid ?? 0, onProgress, (watch) =>
    apply(session, steps, {
      budgets: context.budgets,
      passwords: context.passwords,
      stopping: context.stopping,
      manifestDigest: digestOf(manifest),
      actor: context.actor,
      takeLockWaitMs: () => watch.takeLockWaitMs(),
      onProgress,
      onStart: (step, position, total) => {
        current = step;
        listener.started(step, position, total);
      },
      onDone: listener.done,
      onRetry: listener.retry,
      onSubstep: listener.part,
    }),
  );
  await ensureHealthViews(session);
  return applied;
}
