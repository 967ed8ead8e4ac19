import { existsSync } from "node:fs";
import type { Command } from "commander";
import pc from "picocolors";
import { askCloud, ensureCloud } from "../cloud/local-cloud";
import { collectSteps, previewOnPaper, type PreviewedStep } from "../engine/preview";
import { programOf } from "../engine/program";
import { regionOf, releaseOf } from "../engine/update";
import { checkpointFile, openStack } from "../engine/workspace";
import { localConfig } from "../local-config";
import { localStack, target, type CommonOptions } from "../options";
import type { Terminal } from "../terminal/terminal";

interface PreviewOptions extends CommonOptions {
  readonly json?: boolean;
}

export function addPreview(program: Command, terminal: Terminal): void {
  program
    .command("preview")
    .description(
      "show what an update would do; stacks that do not run here are previewed on paper, without credentials",
    )
    .argument("[stack]", "the stack to preview", localStack)
    .option("--json", "print the steps as JSON on stdout")
    .action(async (stack: string, _options: unknown, command: Command) =>
      preview(stack, command.optsWithGlobals<PreviewOptions>(), terminal),
    );
}

async function preview(stack: string, options: PreviewOptions, terminal: Terminal): Promise<void> {
  const started = Date.now();
  const { project, places } = target(options, stack);
  const runsHere = existsSync(checkpointFile(places.engineRoot, project.name, stack));
  const steps = runsHere || stack === localStack ? await previewHere() : await previewOnPaper(project, terminal);
  if (options.json) process.stdout.write(`${JSON.stringify({ stack, steps }, undefined, 2)}\n`);
  else terminal.line(summary(stack, steps, (Date.now() - started) / 1000));

  async function previewHere(): Promise<PreviewedStep[]> {
    const cloud = await ensureCloud(places, regionOf(project));
    await askCloud(places, "heal");
    const opened = await openStack({
      project,
      engineRoot: places.engineRoot,
      attachList: cloud.attachList,
      injected: await localConfig(project, places, cloud, releaseOf(places)),
      program: programOf(project),
    });
    return collectSteps(terminal, (watch) => opened.preview({ ...watch, color: "never" }));
  }
}

function summary(stack: string, steps: readonly PreviewedStep[], seconds: number): string {
  const count = (...ops: string[]) => steps.filter(({ op }) => ops.includes(op)).length;
  const replaced = steps.filter(({ op }) => op === "replace");
  const lines = replaced.map(({ name, replaces }) =>
    pc.magenta(`  ${name} will be REPLACED because of: ${replaces.join(", ")}`),
  );
  return [
    ...lines,
    `preview of '${stack}': ${count("create")} to create, ${count("update")} to update, ${replaced.length} to replace, ${count("delete")} to delete, ` +
      `${count("same")} unchanged (${seconds.toFixed(1)} s)`,
  ].join("\n");
}
