import type { Command } from "commander";
import pc from "picocolors";
import type { PreviewedStep } from "../engine/preview-steps";
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
  const { previewStack } = await import("../engine/preview");
  const steps = await previewStack(project, places, terminal);
  if (options.json) process.stdout.write(`${JSON.stringify({ stack, steps }, undefined, 2)}\n`);
  else terminal.line(summary(stack, steps, (Date.now() - started) / 1000));
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
