import type { Command } from "commander";
import { awaitAsUserError, databaseSettings, type SchemaOptions } from "../../schema/database-target";
import type { Terminal } from "../../terminal/terminal";

interface PlanOptions extends SchemaOptions {
  readonly json?: boolean;
  readonly all?: boolean;
}

export function addSchemaPlan(schema: Command, terminal: Terminal): void {
  schema
    .command("plan")
    .description("show what an apply would do and why; exit 0: nothing, 2: changes, 1: something is refused")
    .option("--json", "print the whole plan as JSON on stdout")
    .option("--all", "show also what is as wanted")
    .action(async (_options: unknown, command: Command) => plan(command.optsWithGlobals<PlanOptions>(), terminal));
}

async function plan(options: PlanOptions, terminal: Terminal): Promise<void> {
  const settings = await databaseSettings(options);
  const [{ withRunner, targetOf }, { inspectCatalogue }, decide, { readManifest }, { logListener }, planned] =
    await Promise.all([
      import("../../../schema/hook/runner"),
      import("../../../schema/hook/apply-manifest"),
      import("../../../schema/plan/plan"),
      import("../../../schema/manifest/parse-manifest"),
      import("../../../schema/hook/listener"),
      import("../../schema/planned"),
    ]);
  const print = (text: string) => terminal.line(text);
  const { manifest, steps } = await awaitAsUserError(async () => {
    const manifest = readManifest(settings.manifestPath);
    return withRunner(
      manifest,
      settings,
      { print, listener: logListener(print), exclusive: false },
      async (context) => {
        const facts = await inspectCatalogue(manifest, context);
        const steps = decide.plan(manifest, facts, new Set(context.passwords.keys()));
        return { manifest, steps: planned.plannedSteps(steps, facts) };
      },
    );
  });
  const exitCode = planned.planExitCode(steps);
  const where = targetOf(settings.connection);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ version: 1, application: manifest.application, database: where, exitCode, steps }, undefined, 2)}\n`,
    );
  else {
    const { renderPlan } = await import("../../schema/render-plan");
    const title = `schema of ${manifest.application} on ${where}`;
    const width = process.stdout.columns || 100;
    process.stdout.write(`${renderPlan(steps, { title, all: options.all === true, width })}\n`);
  }
  process.exitCode = exitCode;
}
