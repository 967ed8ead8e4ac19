import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** One installed major version of Postgres. */
export interface PostgresBinaries {
  readonly major: number;
  /** As `postgres --version` has it, e.g. `15.20`. */
  readonly version: string;
  readonly binDirectory: string;
  readonly libDirectory: string;
}

/** Where Debian and the PGDG packages put `postgresql-N`. */
const packagesRoot = "/usr/lib/postgresql";

let found: readonly PostgresBinaries[] | undefined;

/** Every installed major version, oldest first. */
export function installedPostgres(): readonly PostgresBinaries[] {
  found ??= (existsSync(packagesRoot) ? readdirSync(packagesRoot) : [])
    .filter((name) => /^\d+$/.test(name) && existsSync(join(packagesRoot, name, "bin", "postgres")))
    .map((name) => describe(Number(name)))
    .sort((a, b) => a.major - b.major);
  return found;
}

function describe(major: number): PostgresBinaries {
  const binDirectory = join(packagesRoot, String(major), "bin");
  const words = execFileSync(join(binDirectory, "postgres"), ["--version"], { encoding: "utf8" }).split(" ");
  return {
    major,
    version: words[2]?.trim() ?? "",
    binDirectory,
    libDirectory: join(packagesRoot, String(major), "lib"),
  };
}

/**
 * The installed version nearest to `askedMajor`: itself, else the newest older one, else the oldest newer one.
 * @throws when there is no Postgres at all.
 */
export function nearestPostgres(
  askedMajor: number,
  installed: readonly PostgresBinaries[] = installedPostgres(),
): PostgresBinaries {
  const older = installed.filter(({ major }) => major <= askedMajor).at(-1);
  const nearest = older ?? installed[0];
  if (!nearest) throw new Error(`no Postgres is installed under ${packagesRoot}; run 'make setup'`);
  return nearest;
}

/** True when the library can be loaded by name (`shared_preload_libraries`). */
export function hasLibrary(binaries: PostgresBinaries, library: string): boolean {
  return existsSync(join(binaries.libDirectory, `${library}.so`));
}
