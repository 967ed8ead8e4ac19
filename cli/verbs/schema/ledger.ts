import { Option, type Command } from "commander";
import { UserError } from "../../user-error";
import { awaitAsUserError, databaseSettings, type SchemaOptions } from "../../schema/database-target";

interface LedgerOptions extends SchemaOptions {
  readonly json?: boolean;
  readonly limit: number;
}

export function addSchemaLedger(schema: Command): void {
  schema
    .command("ledger")
    .description("show what was changed, when, by whom, how long it took and waited, the newest first")
    .addOption(new Option("--limit <n>", "how many entries").default(30).argParser(positive))
    .option("--json", "print the entries as JSON on stdout")
    .action(async (_options: unknown, command: Command) => ledger(command.optsWithGlobals<LedgerOptions>()));
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UserError(`--limit is '${text}'; give a whole number above 0`);
}

async function ledger(options: LedgerOptions): Promise<void> {
  const settings = await databaseSettings(options);
  const { readLedger } = await import("../../schema/read-ledger");
  const entries = await awaitAsUserError(() => readLedger(settings, options.limit));
  if (options.json) {
    process.stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`);
    return;
  }
  const { renderLedger } = await import("../../schema/render-ledger");
  process.stdout.write(`${renderLedger(entries)}\n`);
}
