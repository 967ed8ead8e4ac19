import { SchemaError, errorMessage } from "../errors";
import { readManifest } from "../manifest/parse-manifest";
import { applyManifest, type RunContext } from "./apply-manifest";
import { connectWithin, requireDirectPrimary, settleSession } from "./connect";
import { readEnvironment } from "./environment";
import { maintain } from "./maintain";
import { line } from "./report";
import { loginProbe, readRolePasswords } from "./role-passwords";
import { asOnlyRunner } from "./runner-lock";
import { StopSignal } from "./stop-signal";

const VERBS = ["apply", "maintain"];

const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Runs the hook: no argument is plan and apply, `maintain` is the recurring upkeep. */
export async function runHook(argv: string[], environment: Record<string, string | undefined>): Promise<void> {
  const verb = argv[0] ?? "apply";
  if (!VERBS.includes(verb) || argv.length > 1)
    throw new SchemaError({
      what: "Unknown arguments",
      got: argv.join(" "),
      cure: "Give no argument (plan and apply) or the word maintain.",
    });
  const settings = readEnvironment(environment);
  const manifest = readManifest(settings.manifestPath);
  const passwords = readRolePasswords(settings.passwordDirectory, manifest);
  const { connection } = settings;
  const target = `${connection.host}:${connection.port}/${connection.database}`;

  const stop = new StopSignal();
  const client = await connectWithin(connection, settings.startDeadlineSeconds, (why) =>
    print(line("waiting", `for ${target}: ${why}`)),
  );
  try {
    await requireDirectPrimary(client, target);
    await settleSession(client);
    await stop.watch(client, connection);
    const context: RunContext = {
      session: client,
      budgets: settings.budgets,
      passwords,
      passwordAccepted: loginProbe(connection, passwords),
      print,
      stopping: stop.reason,
    };
    await asOnlyRunner(
      client,
      { waitSeconds: settings.runnerWaitSeconds, stopping: stop.reason },
      (who) => print(line("waiting", `for another runner: ${who}`)),
      () => (verb === "maintain" ? maintain(manifest, context) : applyManifest(manifest, context)),
    );
  } finally {
    await client.end();
  }
}

if (require.main === module)
  runHook(process.argv.slice(2), process.env).catch((error: unknown) => {
    // The container's log is read from stdout; the last lines of a failed Job are what the deployer sees.
    process.stdout.write(`error: ${errorMessage(error)}\n`);
    if (!(error instanceof SchemaError) && error instanceof Error) process.stdout.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  });
