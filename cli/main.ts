import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { Terminal } from "./terminal/terminal";
import { UserError } from "./user-error";
import { addDown } from "./verbs/down";
import { addPreview } from "./verbs/preview";
import { addSchema } from "./verbs/schema/schema";
import { addStatus } from "./verbs/status";
import { addUp } from "./verbs/up";

async function main(): Promise<void> {
  // The database's own user must pass through directories made here, whatever the mask of the shell; secrets have modes of their own.
  process.umask(0o022);
  // The SDK takes a stack trace for every promise; mapping each back to its source costs an update half a second.
  process.setSourceMapsEnabled(process.argv.includes("--debug"));
  const terminal = new Terminal();
  const program = new Command("plinth")
    .description("The data tier of a healthcare application, on AWS or whole on this machine.")
    .option("--program <directory>", "directory of the Pulumi program", process.cwd())
    .option("--debug", "show stack traces")
    .configureOutput({ outputError: (text, write) => write(usageError(text)) })
    .exitOverride();
  addUp(program, terminal);
  addDown(program, terminal);
  addStatus(program);
  addPreview(program, terminal);
  addSchema(program, terminal);
  try {
    await program.parseAsync();
  } catch (error) {
    terminal.rest();
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    else report(error, process.argv.includes("--debug"));
  }
}

/** Commander's own words, in the one line that every error of this command is. */
function usageError(text: string): string {
  const [message = "", ...more] = text
    .trim()
    .replace(/^error: /, "")
    .split("\n");
  const said = [message.replace(/\.$/, ""), ...more].join(" ");
  return `${pc.red("plinth:")} ${said} (run 'plinth --help' for the verbs and their options)\n`;
}

/** One clear line for what the user can mend; a stack trace only when asked for. */
function report(error: unknown, debug: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UserError || debug ? "" : pc.dim(" (run again with --debug for details)");
  process.stderr.write(`${pc.red("plinth:")} ${message}${hint}\n`);
  if (debug && error instanceof Error)
    process.stderr.write(`${error.stack}\n${error.cause instanceof Error ? `caused by: ${error.cause.stack}\n` : ""}`);
  process.exitCode = 1;
}

// What an aborted program still waits for must not keep the process: the verb is done, and so are we.
void main().finally(() => process.stdout.write("", () => process.exit()));
