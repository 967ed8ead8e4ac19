import type { Command } from "commander";
import { runUpdate, type Changes } from "../engine/update";
import { localStack, target, type CommonOptions } from "../options";
import { readStatus } from "../status";
import type { Terminal } from "../terminal/terminal";
import { renderEndpoints } from "./status";

interface UpOptions extends CommonOptions {
  readonly stack: string;
  readonly refresh?: boolean;
  readonly json?: boolean;
}

export function addUp(program: Command, terminal: Terminal): void {
  program
    .command("up")
    .description(
      "bring the stack up on this machine: real Postgres, PgBouncer and Redis, through the real Pulumi engine",
    )
    .option("-s, --stack <name>", "the stack to run", localStack)
    .option("--refresh", "compare the engine's state with what really exists first")
    .option("--json", "print the counts of changes as JSON on stdout")
    .action(async (_options: unknown, command: Command) => up(command.optsWithGlobals<UpOptions>(), terminal));
}

async function up(options: UpOptions, terminal: Terminal): Promise<void> {
  const { project, places } = target(options, options.stack);
  const changes = await runUpdate({ project, places, terminal, refresh: options.refresh });
  if (options.json) process.stdout.write(`${JSON.stringify({ stack: options.stack, ...changes })}\n`);
  terminal.line(summary(options.stack, changes));
  for (const line of renderEndpoints((await readStatus(project, places)).endpoints)) terminal.line(line);
}

export function summary(stack: string, { created, updated, replaced, deleted, same, seconds }: Changes): string {
  const changed = created + updated + replaced + deleted;
  const counts = `${created} created, ${updated} updated, ${replaced} replaced, ${deleted} deleted, ${same} unchanged`;
  return changed === 0
    ? `stack '${stack}' is up: no changes (${same} resources, ${seconds.toFixed(1)} s)`
    : `stack '${stack}' is up: ${counts} (${seconds.toFixed(1)} s)`;
}
