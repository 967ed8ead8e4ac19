import type { Command } from "commander";
import pc from "picocolors";
import { awaitAsUserError, databaseSettings, type SchemaOptions } from "../../schema/database-target";

interface HealthOptions extends SchemaOptions {
  readonly json?: boolean;
}

export function addSchemaHealth(schema: Command): void {
  schema
    .command("health")
    .description(
      "rows in default partitions, partitions missing ahead, overdue maintenance, invalid indexes; exit 2 when there is any",
    )
    .option("--json", "print the findings as JSON on stdout")
    .action(async (_options: unknown, command: Command) => health(command.optsWithGlobals<HealthOptions>()));
}

async function health(options: HealthOptions): Promise<void> {
  const settings = await databaseSettings(options);
  const [{ connectWithin }, { readHealth }, { judgeHealth }] = await Promise.all([
    import("../../../schema/hook/connect"),
    import("../../../schema/health/read-health"),
    import("../../../schema/health/judge-health"),
  ]);
  const findings = await awaitAsUserError(async () => {
    const client = await connectWithin(settings.connection, settings.startDeadlineSeconds, () => undefined);
    try {
      return judgeHealth(await readHealth(client));
    } finally {
      await client.end();
    }
  });
  if (options.json) process.stdout.write(`${JSON.stringify(findings, undefined, 2)}\n`);
  else
    process.stdout.write(
      findings.length === 0
        ? `${pc.green("healthy")}: partitions are ready, maintenance is recent, no index is invalid\n`
        : findings
            .map(
              ({ severity, object, what, cure }) =>
                `${(severity === "high" ? pc.red : pc.yellow)(severity.padEnd(6))} ${pc.bold(object)}: ${what}\n       ${pc.dim(cure)}\n`,
            )
            .join(""),
    );
  process.exitCode = findings.length === 0 ? 0 : 2;
}
