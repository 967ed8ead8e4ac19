import { errorCode, errorMessage } from "../errors";
import { digestOf } from "../manifest/digest";
import type { Step } from "../plan/steps";
import type { Ledger } from "./ledger";
import type { PerformContext } from "./perform";

/** Parts of a long step, each with its own entry in the ledger: what a resumed run shows, and an auditor reads. */
export function substeps(
  ledger: Ledger,
  step: Step,
  takeLockWaitMs: () => number,
  onDone: (name: string, durationMs: number, detail: string | null) => void,
): PerformContext["substep"] {
  return async (name, work, detail) => {
    const started = performance.now();
    const entry = await ledger.begin({
      step: `${step.object}: ${name}`,
      action: step.action,
      digest: digestOf([step.operation, name]),
      reason: step.reason,
    });
    try {
      const result = await work();
      const durationMs = performance.now() - started;
      const said = detail?.(result) ?? null;
      await ledger.end(entry, {
        result: "done",
        durationMs,
        attempts: 1,
        lockWaitMs: takeLockWaitMs(),
        detail: said ?? undefined,
      });
      onDone(name, durationMs, said);
      return result;
    } catch (error) {
      const durationMs = performance.now() - started;
      // The session may be gone: the entry then stays "running" and the next run marks it interrupted.
      await ledger
        .end(entry, {
          result: "failed",
          durationMs,
          attempts: 1,
          lockWaitMs: takeLockWaitMs(),
          sqlState: errorCode(error),
          detail: errorMessage(error),
        })
        .catch(() => undefined);
      throw error;
    }
  };
}
