import type { Command } from "commander";
import { awaitAsUserError, databaseSettings, type SchemaOptions } from "../../schema/database-target";
import type { Terminal } from "../../terminal/terminal";

export function addSchemaApply(schema: Command, terminal: Terminal): void {
  schema
    .command("apply")
    .description(
      "make the database what the manifest says, without stopping anybody; Ctrl-C stops it, the next run goes on",
    )
    .action(async (_options: unknown, command: Command) => apply(command.optsWithGlobals<SchemaOptions>(), terminal));
}

async function apply(options: SchemaOptions, terminal: Terminal): Promise<void> {
  const settings = await databaseSettings(options);
  const [{ withRunner }, { applyManifest }, { readManifest }, { terminalListener }] = await Promise.all([
    import("../../../schema/hook/runner"),
    import("../../../schema/hook/apply-manifest"),
    import("../../../schema/manifest/parse-manifest"),
    import("../../schema/terminal-listener"),
  ]);
  const print = (text: string) => terminal.line(text);
  await awaitAsUserError(async () => {
    const manifest = readManifest(settings.manifestPath);
    await withRunner(manifest, settings, { print, listener: terminalListener(terminal), exclusive: true }, (context) =>
      applyManifest(manifest, context),
    );
  });
}
