import { SchemaError, errorMessage } from "../errors";
import { readManifest } from "../manifest/parse-manifest";
import { applyManifest } from "./apply-manifest";
import { readEnvironment } from "./environment";
import { logListener } from "./listener";
import { maintain } from "./maintain";
import { withRunner } from "./runner";

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
  await withRunner(manifest, settings, { print, listener: logListener(print), exclusive: true }, (context) =>
    verb === "maintain" ? maintain(manifest, context) : applyManifest(manifest, context),
  );
}

if (require.main === module)
  runHook(process.argv.slice(2), process.env).catch((error: unknown) => {
    // The container's log is read from stdout; the last lines of a failed Job are what the deployer sees.
    process.stdout.write(`error: ${errorMessage(error)}\n`);
    if (!(error instanceof SchemaError) && error instanceof Error) process.stdout.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  });
