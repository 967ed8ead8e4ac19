import { existsSync, readdirSync, rmSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Command } from "commander";
import { releaseNetwork } from "../../local/cloud/network-claim";
import { stopCloud } from "../cloud/local-cloud";
import { localStack, target, type CommonOptions } from "../options";
import type { Terminal } from "../terminal/terminal";

interface DownOptions extends CommonOptions {
  readonly stack: string;
  readonly delete?: boolean;
}

export function addDown(program: Command, terminal: Terminal): void {
  program
    .command("down")
    .description("stop everything that runs on this machine; data stays unless --delete is given")
    .option("-s, --stack <name>", "the stack to stop", localStack)
    .option("--delete", "delete the stack's data, state and logs too")
    .action(async (_options: unknown, command: Command) => down(command.optsWithGlobals<DownOptions>(), terminal));
}

async function down(options: DownOptions, terminal: Terminal): Promise<void> {
  const { places } = target(options, options.stack);
  terminal.working("stopping");
  const stopped = await stopCloud(places);
  terminal.rest();
  terminal.line(stopped ? `stack '${options.stack}' is stopped` : `stack '${options.stack}' was not running`);
  if (!options.delete) return;
  const base = dirname(places.cloudRoot);
  if (!existsSync(base)) return terminal.line("there was nothing to delete");
  releaseNetwork(places.networkRegistry, places.cloudRoot);
  rmSync(base, { recursive: true, force: true });
  const checkout = dirname(base);
  if (readdirSync(checkout).length === 0) rmdirSync(checkout);
  terminal.line(`deleted ${base}`);
}
