import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { packages } from "../../local/catalogue";
import { openCloud } from "../../local/cloud/open";
import { servePackages } from "../../local/providers/serve";
import type { Project } from "../project";
import type { Terminal } from "../terminal/terminal";
import { UserError } from "../user-error";
import { Progress } from "./progress";
import { programOf } from "./program";
import { StallGuard } from "./stall-guard";
import { regionOf } from "./update";
import { openStack } from "./workspace";

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

/**
 * Previews a stack in paper mode: the program runs through the engine against providers that check every input and start nothing, with scratch state
 * and without credentials.
 */
export async function previewOnPaper(project: Project, terminal: Terminal): Promise<PreviewedStep[]> {
  const scratch = mkdtempSync(join(tmpdir(), "plinth-paper-"));
  try {
    const log = { info: () => undefined, warn: (message: string) => terminal.line(`  ! ${message}`) };
    const cloud = await openCloud({
      mode: "paper",
      root: join(scratch, "cloud"),
      networkRegistry: join(scratch, "networks"),
      region: regionOf(project),
      log,
    });
    const served = await servePackages(packages, cloud);
    try {
      const stack = await openStack({
        project,
        engineRoot: join(scratch, "engine"),
        attachList: served.attachList,
        injected: {},
        program: programOf(project),
      });
      return await collectSteps(terminal, (watch) => stack.preview({ ...watch, color: "never" }));
    } finally {
      served.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
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
