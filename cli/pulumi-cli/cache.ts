import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pinnedVersion } from "./version";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Outside the checkout, so that a second clone does not build again: `${XDG_CACHE_HOME:-~/.cache}/plinth`. */
export function cacheDirectory(env: Environment): string {
  const base = env.XDG_CACHE_HOME?.startsWith("/") ? env.XDG_CACHE_HOME : join(env.HOME ?? homedir(), ".cache");
  return join(base, "plinth");
}

/** One kept CLI: a directory as the official installer lays it out, so that the Automation API accepts it as its `root`. */
export interface Installation {
  readonly root: string;
  readonly path: string;
}

export function installationAt(root: string): Installation {
  return { root, path: join(root, "bin", "pulumi") };
}

/** Where the project's own copy is, or would be. */
export function keptInstallation(env: Environment): Installation {
  return installationAt(join(cacheDirectory(env), `pulumi-${pinnedVersion}`));
}

/** How the kept copy came to be; undefined when there is no (complete) one: installations are renamed into place as the last step. */
export function sourceOfKept(env: Environment): string | undefined {
  const { root, path } = keptInstallation(env);
  if (!existsSync(path)) return undefined;
  return readFileSync(join(root, "source"), "utf8").trim();
}
