import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PostgresBinaries } from "./postgres-binaries";

/** When a new value of a setting takes effect (`pg_settings.context`). */
export type SettingContext =
  "internal" | "postmaster" | "sighup" | "backend" | "superuser-backend" | "superuser" | "user";

export interface Setting {
  readonly name: string;
  readonly context: SettingContext;
  readonly type: "BOOLEAN" | "INTEGER" | "REAL" | "STRING" | "ENUM";
  readonly minimum?: number;
  readonly maximum?: number;
}

const cache = new Map<string, ReadonlyMap<string, Setting>>();

/** Every setting of that server, by name, as it describes itself. */
export function settingsOf(binaries: PostgresBinaries): ReadonlyMap<string, Setting> {
  const known = cache.get(binaries.version);
  if (known) return known;
  const text = execFileSync(join(binaries.binDirectory, "postgres"), ["--describe-config"], {
    encoding: "utf8",
    maxBuffer: 4_000_000,
  });
  const settings = new Map(parseDescribeConfig(text).map((setting) => [setting.name, setting]));
  cache.set(binaries.version, settings);
  return settings;
}

/** Tab-separated: name, context, group, type, boot value, minimum, maximum, descriptions (help_config.c). */
export function parseDescribeConfig(text: string): Setting[] {
  return text
    .split("\n")
    .filter((line) => line.includes("\t"))
    .map((line) => {
      const [name = "", context = "", , type = "", , minimum = "", maximum = ""] = line.split("\t");
      return {
        name,
        context: context as SettingContext,
        type: type as Setting["type"],
        ...(minimum === "" ? {} : { minimum: Number(minimum) }),
        ...(maximum === "" ? {} : { maximum: Number(maximum) }),
      };
    });
}

export interface BadValue {
  readonly name: string;
  readonly reason: string;
}

/**
 * What the server itself says about these values when it reads them from its configuration file (`postgres -C`, some 10 ms, nothing is started).
 * Names it does not know must be left out: they would hide everything else.
 */
export function badValues(binaries: PostgresBinaries, values: Readonly<Record<string, string>>): BadValue[] {
  const directory = mkdtempSync(join(tmpdir(), "plinth-settings-"));
  try {
    writeFileSync(join(directory, "postgresql.conf"), renderSettings(values));
    const result = spawnSync(join(binaries.binDirectory, "postgres"), ["-C", "work_mem", "-D", directory], {
      encoding: "utf8",
      env: { LC_ALL: "C" },
      timeout: 10_000,
    });
    if (result.error) throw result.error;
    return parseBadValues(result.stderr);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Lines such as `LOG:  invalid value for parameter "x": "y"` and their HINT. */
export function parseBadValues(log: string): BadValue[] {
  const lines = log.split("\n").map((line) => line.replace(/^.*?\b(LOG|HINT|FATAL|WARNING): {2}/, "$1: "));
  return lines.flatMap((line, index) => {
    const named = /^LOG: (.*parameter "([^"]+)".*)$/.exec(line) ?? /^LOG: (.* for parameter "([^"]+)".*)$/.exec(line);
    if (!named?.[1] || !named[2] || named[1].startsWith("unrecognized")) return [];
    const hint = lines[index + 1];
    return [{ name: named[2], reason: hint?.startsWith("HINT: ") ? `${named[1]} (${hint.slice(6)})` : named[1] }];
  });
}

/** Lines of a configuration file, sorted; a quote inside a value is doubled (manual, "Setting Parameters"). */
export function renderSettings(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} = '${value.replace(/'/g, "''")}'\n`)
    .join("");
}
