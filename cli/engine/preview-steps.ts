import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import type { Terminal } from "../terminal/terminal";
import { UserError } from "../user-error";
import { Progress } from "./progress";
import { StallGuard } from "./stall-guard";

export interface PreviewedStep {
  readonly op: string;
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Input paths that differ. */
  readonly changes: readonly string[];
  /** Input paths that force a replacement. */
  readonly replaces: readonly string[];
}

/** Runs a preview and lists its steps. @throws UserError listing every problem. */
export async function collectSteps(
  terminal: Terminal,
  preview: (watch: { onEvent: (event: EngineEvent) => void; signal: AbortSignal }) => Promise<unknown>,
): Promise<PreviewedStep[]> {
  const progress = new Progress(terminal, true);
  const guard = new StallGuard();
  const steps: PreviewedStep[] = [];
  terminal.working("previewing");
  try {
    const onEvent = (event: EngineEvent) => {
      guard.observe(event);
      progress.handle(event);
      if (event.resourcePreEvent) steps.push(stepOf(event.resourcePreEvent.metadata));
    };
    await preview({ onEvent, signal: guard.signal });
    return steps;
  } catch (error) {
    const problems =
      progress.problems.length > 0 ? progress.problems : [error instanceof Error ? error.message : String(error)];
    throw new UserError(
      `the preview found ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
      { cause: error },
    );
  } finally {
    guard.end();
    terminal.rest();
  }
}

function stepOf({ op, urn, detailedDiff }: StepEventMetadata): PreviewedStep {
  const [, , types = "", ...name] = urn.split("::");
  const detailed = Object.entries(detailedDiff ?? {});
  return {
    op,
    type: types.slice(types.lastIndexOf("$") + 1),
    name: name.join("::"),
    urn,
    changes: detailed.map(([path]) => path),
    replaces: detailed.filter(([, change]) => change.diffKind.endsWith("replace")).map(([path]) => path),
  };
}
