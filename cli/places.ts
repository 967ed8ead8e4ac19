import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

/** Where state lives. `PLINTH_HOME` overrides; root uses /var/lib, since the database's own user must be able to enter. */
export function plinthHome(environment: NodeJS.ProcessEnv = process.env): string {
  // Absolute: the local cloud runs in another directory than the command that starts it.
  if (environment.PLINTH_HOME) return resolve(environment.PLINTH_HOME);
  if (process.getuid?.() === 0) return "/var/lib/plinth";
  return join(environment.XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "plinth");
}

/**
 * Where all clouds of the machine, whoever runs them and wherever their homes are, share out its loopback networks. /var/tmp outlives a reboot, as
 * the addresses in their states do.
 */
export const networkRegistry = "/var/tmp/plinth-networks";

/** Keeps paths short: the kernel takes 107 bytes for that of a Unix socket. The digest tells checkouts apart. */
const longestName = 24;

export interface StackPlaces {
  /** The local cloud of this stack: data, logs, sockets. */
  readonly cloudRoot: string;
  /** The engine's side: state backend, workspace, passphrase. */
  readonly engineRoot: string;
  readonly networkRegistry: string;
}

/** Creates the engine's private directory under parents that the database's own user can pass through. */
export function createPlaces({ engineRoot }: StackPlaces): void {
  mkdirSync(dirname(engineRoot), { recursive: true, mode: 0o711 });
  mkdirSync(engineRoot, { recursive: true, mode: 0o700 });
}

/** Two checkouts have different places, so do two stacks of one checkout. */
export function placesOf(
  programDirectory: string,
  project: string,
  stack: string,
  home: string = plinthHome(),
): StackPlaces {
  const directory = realpathSync(programDirectory);
  const digest = createHash("sha256").update(directory).digest("hex").slice(0, 8);
  const base = join(home, "stacks", `${basename(directory).slice(0, longestName)}-${digest}`, `${project}-${stack}`);
  return {
    cloudRoot: join(base, "cloud"),
    engineRoot: join(base, "engine"),
    networkRegistry,
  };
}
