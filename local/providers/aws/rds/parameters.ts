import { totalmem } from "node:os";
import { hasLibrary, type PostgresBinaries } from "../../../processes/postgres-binaries";
import { settingsOf } from "../../../processes/postgres-settings";
import {
  allowedExtensions,
  familyDefaults,
  libraryOfPrefix,
  rdsParameters,
  staticLibrarySettings,
} from "./parameter-catalogue";
import { evaluateFormula, isFormula, type FormulaInputs } from "./parameter-formula";

/** One row of a parameter group. */
export interface GroupParameter {
  readonly name: string;
  readonly value: string;
  readonly applyMethod: "immediate" | "pending-reboot";
}

/** What a parameter group comes to on one instance of this machine. */
export interface EffectiveParameters {
  /** For the server's configuration file. */
  readonly settings: Readonly<Record<string, string>>;
  readonly forceSsl: boolean;
  readonly passwordMethod: "scram-sha-256" | "md5";
  /** "shared_buffers 2097152 → 47488": what was asked is larger than one database may take here. */
  readonly capped: readonly string[];
  /** Names (and why) of parameters and libraries the local server does not have. */
  readonly notApplied: readonly string[];
}

const kB = 1024;

/**
 * Memory one server may take here. Four or five of them share a machine with everything else, so each gets a sixty-fourth of it, within
 * 64 MB and 512 MB; the page cache does the rest.
 */
export function localMemoryCeilingBytes(totalBytes: number = totalmem()): number {
  return Math.min(Math.max(Math.floor(totalBytes / 64), 64 * kB * kB), 512 * kB * kB);
}

/** Settings whose value is memory the server really takes, with the bytes of one unit. */
const memorySettings: Readonly<Record<string, number>> = {
  shared_buffers: 8 * kB,
  maintenance_work_mem: kB,
  autovacuum_work_mem: kB,
  wal_buffers: 8 * kB,
  min_dynamic_shared_memory: kB * kB,
};

/** Group rows over the family's defaults, formulas evaluated, RDS's own parameters translated, memory capped. */
export function effectiveParameters(
  rows: readonly GroupParameter[],
  inputs: FormulaInputs,
  binaries: PostgresBinaries,
  ceilingBytes: number = localMemoryCeilingBytes(),
): EffectiveParameters {
  const asked = evaluated(rows, inputs);
  const known = settingsOf(binaries);
  const capped: string[] = [];
  const notApplied: string[] = [];
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(asked)) {
    if (name.startsWith("rds.")) continue;
    const library = libraryOf(name);
    if (library !== undefined && library !== "plpgsql" && !hasLibrary(binaries, library)) {
      notApplied.push(`${name} (library ${library} is not installed)`);
    } else if (library === undefined && !known.has(name)) {
      notApplied.push(`${name} (not in PostgreSQL ${binaries.major})`);
    } else {
      settings[name] = cap(name, value, ceilingBytes, capped);
    }
  }
  const preload = preloadLibraries(asked.shared_preload_libraries ?? "", binaries, notApplied);
  settings.shared_preload_libraries = preload.join(",");
  settings.session_preload_libraries = [asked.session_preload_libraries, "pgextwlist"].filter(Boolean).join(",");
  settings["extwlist.extensions"] = asked["rds.allowed_extensions"]?.replace(/\s/g, "") || allowedExtensions.join(",");
  settings.wal_level = asked["rds.logical_replication"] === "1" ? "logical" : "replica";
  return {
    settings,
    forceSsl: asked["rds.force_ssl"] === "1",
    passwordMethod: asked["rds.accepted_password_auth_method"] === "scram" ? "scram-sha-256" : "md5",
    capped,
    notApplied,
  };
}

/** The group's values over the family's defaults, with formulas replaced by what they come to. */
export function evaluated(rows: readonly GroupParameter[], inputs: FormulaInputs): Record<string, string> {
  const merged = { ...familyDefaults, ...Object.fromEntries(rows.map(({ name, value }) => [name, value])) };
  return Object.fromEntries(
    Object.entries(merged).map(([name, value]) => [
      name,
      isFormula(value) ? String(evaluateFormula(value, inputs)) : value,
    ]),
  );
}

/** True when a new value waits for a reboot. */
export function isStatic(name: string, binaries: PostgresBinaries): boolean {
  return (
    rdsParameters[name]?.static ??
    (staticLibrarySettings.has(name) || settingsOf(binaries).get(name)?.context === "postmaster")
  );
}

/** The library a dotted setting belongs to; undefined for the server's own settings and RDS's. */
export function libraryOf(name: string): string | undefined {
  const dot = name.indexOf(".");
  return dot < 0 ? undefined : libraryOfPrefix[name.slice(0, dot)];
}

function cap(name: string, value: string, ceilingBytes: number, capped: string[]): string {
  const unit = memorySettings[name];
  if (unit === undefined || Number(value) * unit <= ceilingBytes) return value;
  const limit = String(Math.floor(ceilingBytes / unit));
  capped.push(`${name} ${value} → ${limit}`);
  return limit;
}

function preloadLibraries(list: string, binaries: PostgresBinaries, notApplied: string[]): string[] {
  const libraries = list.split(",").map((library) => library.trim());
  return libraries.filter((library) => {
    if (library === "" || library === "rdsutils") return false;
    if (hasLibrary(binaries, library)) return true;
    notApplied.push(`shared_preload_libraries: ${library} (not installed)`);
    return false;
  });
}
