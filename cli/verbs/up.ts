import { InvalidArgumentError, type Command } from "commander";
import { DEFAULT_SIZES } from "../../schema/clinic/generate/sizes";
import type { Changes } from "../engine/update";
import { localStack, target, type CommonOptions } from "../options";
import type { Terminal } from "../terminal/terminal";
import { renderEndpoints } from "./status";

interface UpOptions extends CommonOptions {
  readonly stack: string;
  readonly refresh?: boolean;
  readonly json?: boolean;
  readonly clinic?: boolean;
  readonly patients: number;
  readonly appointments: number;
  readonly seed: number;
}

export function addUp(program: Command, terminal: Terminal): void {
  program
    .command("up")
    .description(
      "bring the stack up on this machine: real Postgres, PgBouncer and Redis, through the real Pulumi engine",
    )
    .option("-s, --stack <name>", "the stack to run", localStack)
    .option("--refresh", "compare the engine's state with what really exists first")
    .option("--clinic", "load the reference clinic once, run the post-deploy hook on it and compare query times")
    .option("--patients <count>", "patients of the clinic", atLeast(1), DEFAULT_SIZES.patients)
    .option("--appointments <count>", "appointments of the clinic", atLeast(1), DEFAULT_SIZES.appointments)
    .option("--seed <number>", "the same seed generates the same clinic", atLeast(0), 1)
    .option("--json", "print the counts of changes as JSON on stdout")
    .action(async (_options: unknown, command: Command) => up(command.optsWithGlobals<UpOptions>(), terminal));
}

async function up(options: UpOptions, terminal: Terminal): Promise<void> {
  const { project, places } = target(options, options.stack);
  const { runUpdate } = await import("../engine/update");
  const { endpoints, ...changes } = await runUpdate({ project, places, terminal, refresh: options.refresh });
  if (options.json) process.stdout.write(`${JSON.stringify({ stack: options.stack, ...changes })}\n`);
  terminal.line(summary(options.stack, changes));
  if (options.clinic) {
    const { patients, appointments, seed } = options;
    const { bringClinic } = await import("../clinic/bring-clinic");
    const report = await bringClinic({ project, places, terminal, patients, appointments, seed });
    if (report.hook) terminal.line(summary(options.stack, report.hook));
    for (const line of report.lines) terminal.line(line);
  }
  for (const line of renderEndpoints(endpoints)) terminal.line(line);
}

export function summary(stack: string, { created, updated, replaced, deleted, same, seconds }: Changes): string {
  const changed = created + updated + replaced + deleted;
  const counts = `${created} created, ${updated} updated, ${replaced} replaced, ${deleted} deleted, ${same} unchanged`;
  return changed === 0
    ? `stack '${stack}' is up: no changes (${same} resources, ${seconds.toFixed(1)} s)`
    : `stack '${stack}' is up: ${counts} (${seconds.toFixed(1)} s)`;
}

function atLeast(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`got '${text}'; give a whole number, ${minimum} or more`);
  };
}
