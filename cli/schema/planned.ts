import { estimateStep, type Estimate } from "../../schema/plan/estimate";
import type { Facts } from "../../schema/plan/facts";
import { changes, type Step } from "../../schema/plan/steps";

/** A step as `plinth schema plan --json` prints it. */
export interface PlannedStep {
  readonly action: Step["action"];
  readonly kind: Step["kind"];
  readonly object: string;
  readonly reason: string;
  readonly lock: Step["lock"];
  readonly estimate: Estimate | null;
}

export function plannedSteps(steps: readonly Step[], facts: Facts): PlannedStep[] {
  return steps.map((step) => {
    const { action, kind, object, reason, lock } = step;
    return { action, kind, object, reason, lock, estimate: changes(step) ? estimateStep(step, facts) : null };
  });
}

/** 0: nothing to do. 1: something is refused, a person must decide. 2: changes are waiting. Pending tables are the application's to make. */
export function planExitCode(steps: readonly Pick<PlannedStep, "action">[]): 0 | 1 | 2 {
  if (steps.some(({ action }) => action === "refused")) return 1;
  return steps.some(({ action }) => ["create", "replace", "drop"].includes(action)) ? 2 : 0;
}
