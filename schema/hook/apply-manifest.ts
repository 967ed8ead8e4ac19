import type { Session } from "../database/sql";
import { SchemaError, errorCode, errorMessage } from "../errors";
import { describeBlockers } from "../apply/blockers";
import { cureFor } from "../apply/cures";
import type { Facts } from "../plan/facts";
import { apply } from "../apply/apply";
import type { Budgets } from "../apply/budgets";
import { digestOf } from "../manifest/digest";
import type { Manifest } from "../manifest/manifest-schema";
import { inspect } from "../plan/inspect/inspect";
import type { PasswordProbe } from "../plan/inspect/roles";
import { plan } from "../plan/plan";
import type { StepKind } from "../plan/steps";
import { doneLine, duration, line, startedLine, summaryLine } from "./report";

/** A step that takes longer is announced, so that the log of a waiting Job says what it waits for. */
const SLOW_MS = 2000;

export interface RunContext {
  session: Session;
  budgets: Budgets;
  passwords: Map<string, string>;
  passwordAccepted: PasswordProbe;
  print: (text: string) => void;
  stopping: () => string | null;
}

/** Reading waits for locks too, when somebody else changes a table: not for long, and the failure says so. */
async function inspectCatalogue(manifest: Manifest, context: RunContext): Promise<Facts> {
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
  const facts = await inspectCatalogue(manifest, context);
  const steps = plan(manifest, facts, new Set(context.passwords.keys())).filter(
    (step) => only?.includes(step.kind) ?? true,
  );
  for (const step of steps.filter(({ action }) => action === "pending" || action === "adopt"))
    context.print(line(step.action, `${step.object}: ${step.reason}`));
  let slow: NodeJS.Timeout | undefined;
  const applied = await apply(context.session, steps, {
    budgets: context.budgets,
    passwords: context.passwords,
    stopping: context.stopping,
    onProgress: () => undefined,
    onSubstep: (step, name, ms, detail) =>
      context.print(line("part", `${step.object}: ${name} in ${duration(ms)}${detail === null ? "" : ` (${detail})`}`)),
    onStart: (step, position, total) => {
      slow = setTimeout(() => context.print(startedLine(step, position, total)), SLOW_MS);
    },
    onDone: (step, position, total, ms) => {
      clearTimeout(slow);
      context.print(doneLine(step, position, total, ms));
    },
    onRetry: (step, why, blockers) => {
      context.print(line("retry", `${step.object}: ${why}`));
      for (const blocker of blockers) context.print(line("blocker", blocker));
    },
  }).finally(() => clearTimeout(slow));
  const refused = steps.filter(({ action }) => action === "refused");
  for (const step of refused) context.print(line("refused", `${step.object}: ${step.reason}`));
  context.print(summaryLine(steps, applied, performance.now() - started, digestOf(manifest)));
  if (refused.length > 0)
    throw new SchemaError({
      what: `${refused.length} object${refused.length === 1 ? " is" : "s are"} refused; everything else is applied`,
      got: refused.map((step) => step.object).join(", "),
      cure: "Each line that begins with refused says what to do.",
    });
}
