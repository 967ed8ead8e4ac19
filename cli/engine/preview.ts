import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { packages } from "../../local/catalogue";
import { openCloud } from "../../local/cloud/open";
import { servePackages } from "../../local/providers/serve";
import type { Project } from "../project";
import type { Terminal } from "../terminal/terminal";
import { UserError } from "../user-error";
import { Progress } from "./progress";
import { programOf } from "./program";
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
      return await collectSteps(terminal, (onEvent) => stack.preview({ onEvent, color: "never" }));
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
  preview: (onEvent: (event: EngineEvent) => void) => Promise<unknown>,
): Promise<PreviewedStep[]> {
  const progress = new Progress(terminal, true);
  const steps: PreviewedStep[] = [];
  terminal.working("previewing");
  try {
    await preview((event) => {
      progress.handle(event);
      const step = event.resourcePreEvent?.metadata;
      if (!step) return;
      const [, , types = "", ...name] = step.urn.split("::");
      const detailed = Object.entries(step.detailedDiff ?? {});
      steps.push({
        op: step.op,
        type: types.slice(types.lastIndexOf("$") + 1),
        name: name.join("::"),
        urn: step.urn,
        changes: detailed.map(([path]) => path),
        replaces: detailed.filter(([, change]) => change.diffKind.endsWith("replace")).map(([path]) => path),
      });
    });
    return steps;
  } catch (error) {
    const problems =
      progress.problems.length > 0 ? progress.problems : [error instanceof Error ? error.message : String(error)];
    throw new UserError(
      `the preview found ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
      { cause: error },
    );
  } finally {
    terminal.rest();
  }
}
