import type { Command } from "commander";
import { awaitAsUserError, databaseSettings, type SchemaOptions } from "../../schema/database-target";
import type { Terminal } from "../../terminal/terminal";
import { UserError } from "../../user-error";

export function addSchemaAbort(schema: Command, terminal: Terminal): void {
  schema
    .command("abort")
    .description("take back a conversion to partitions that is not cut over yet: the table is as it was")
    .argument("<table>", "the table, as name or schema.name")
    .action(async (table: string, _options: unknown, command: Command) =>
      abort(table, command.optsWithGlobals<SchemaOptions>(), terminal),
    );
}

async function abort(table: string, options: SchemaOptions, terminal: Terminal): Promise<void> {
  const [schema, name, ...more] = table.includes(".") ? table.split(".") : ["public", table];
  if (schema === undefined || name === undefined || schema === "" || name === "" || more.length > 0)
    throw new UserError(`'${table}' names no table; give name or schema.name`);
  const settings = await databaseSettings(options);
  const [{ withRunner }, { readManifest }, { abortConversion }, { terminalListener }] = await Promise.all([
    import("../../../schema/hook/runner"),
    import("../../../schema/manifest/parse-manifest"),
    import("../../../schema/convert/abort"),
    import("../../schema/terminal-listener"),
  ]);
  const print = (text: string) => terminal.line(text);
  const aborted = await awaitAsUserError(() => {
    const manifest = readManifest(settings.manifestPath);
    return withRunner(manifest, settings, { print, listener: terminalListener(terminal), exclusive: true }, (context) =>
      abortConversion(context.session, { schema, name }, context),
    );
  });
  if (!aborted)
    throw new UserError(`no conversion of ${schema}.${name} is under way; 'plinth schema plan' shows what is`);
  terminal.line(`${schema}.${name} is as it was before the conversion`);
}
