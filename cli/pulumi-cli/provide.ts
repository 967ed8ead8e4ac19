import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { lock } from "proper-lockfile";
import { UserError } from "../user-error";
import { installationAt, keptInstallation, type Environment } from "./cache";
import { findPulumi, type PulumiCli } from "./locate";
import { askVersion } from "./on-path";
import { pinnedVersion } from "./version";

/** A way to obtain a CLI: fills the installation directory it is given, or throws with one line. */
export interface Supply {
  /** For people, and on record beside the copy. */
  readonly name: string;
  obtain(root: string): Promise<void>;
}

export interface Reporter {
  say(line: string): void;
}

const lockOptions = {
  // The holder refreshes its lock every 5 s; one that was killed is overtaken after 20 s.
  stale: 20_000,
  update: 5_000,
  // Another set-up may be building: look again every 2 s for 20 minutes.
  retries: { retries: 600, factor: 1, minTimeout: 2_000, maxTimeout: 2_000 },
};

/**
 * Finds a Pulumi CLI, or obtains one by the first of `supplies` that succeeds and keeps it for all checkouts.
 * @throws UserError when none of them does; what each said has been reported line by line.
 */
export async function providePulumi(
  env: Environment,
  supplies: readonly Supply[],
  reporter: Reporter,
): Promise<PulumiCli> {
  const found = findPulumi(env);
  if (!("tried" in found)) return found;
  for (const line of found.tried) reporter.say(line);

  const kept = keptInstallation(env);
  mkdirSync(dirname(kept.root), { recursive: true });
  const release = await lock(dirname(kept.root), { ...lockOptions, lockfilePath: `${kept.root}.lock` });
  try {
    const meanwhile = findPulumi(env); // another set-up had the lock before us
    if (!("tried" in meanwhile)) return meanwhile;
    removeLeftovers(kept.root);
    for (const supply of supplies) {
      const draft = `${kept.root}.draft-${process.pid}`;
      try {
        await supply.obtain(draft);
        const version = askVersion(installationAt(draft).path, env);
        if (version !== pinnedVersion)
          throw new Error(`it made a CLI of version ${version ?? "unknown"}, not ${pinnedVersion}`);
        writeFileSync(join(draft, "source"), `${supply.name}\n`);
        renameSync(draft, kept.root);
        return { ...kept, version, source: supply.name };
      } catch (error) {
        rmSync(draft, { recursive: true, force: true });
        reporter.say(`${supply.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await release();
  }
  throw new UserError(
    `no Pulumi CLI could be found or made: install Pulumi ${pinnedVersion} (https://www.pulumi.com/docs/install) so that 'pulumi' is on PATH, or install Go, then run 'make setup' again`,
  );
}

/** What killed set-ups left half-made, and a copy without its executable. The lock must be held. */
function removeLeftovers(root: string): void {
  const parent = dirname(root);
  for (const name of readdirSync(parent))
    if (name === basename(root) || name.startsWith(`${basename(root)}.draft-`))
      rmSync(join(parent, name), { recursive: true, force: true });
}
