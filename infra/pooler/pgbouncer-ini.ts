import {
  compareVersions,
  forcedSettings,
  serverConnectionsPerPod,
  settingSince,
  type PgbouncerSettings,
} from "./pgbouncer-settings";

/** A rendered configuration and what had to be left out of it. */
export interface RenderedIni {
  readonly ini: string;
  /** Sentences about settings that the running version lacks. */
  readonly leftOut: readonly string[];
}

export interface IniInput {
  /** Name that clients connect to; the same on the server. */
  readonly database: string;
  /** The one server: a list cannot be verified in full before PgBouncer 1.25. */
  readonly host: string;
  readonly port: number;
  /** Defaults ← user. */
  readonly settings: PgbouncerSettings;
  /** Version that will run, e.g. "1.24.1". */
  readonly version: string;
}

/** File that the start command writes: only the pod knows the address it listens on. */
export const listenFile = "/run/pgbouncer/listen.ini";

/** Where the process writes its number, for the preStop hook. */
export const pidFile = "/run/pgbouncer/pgbouncer.pid";

/** pgbouncer.ini: defaults ← user ← forced, sorted, so that nothing rolls for nothing. */
export function renderIni(input: IniInput): RenderedIni {
  const wanted: PgbouncerSettings = {
    ...input.settings,
    max_db_connections: serverConnectionsPerPod(input.settings),
    ...forcedSettings,
    pidfile: pidFile,
  };
  const names = Object.keys(wanted).sort();
  const missing = names.filter((name) => compareVersions(input.version, settingSince[name] ?? "0") < 0);
  const lines = names.filter((name) => !missing.includes(name)).map((name) => `${name} = ${wanted[name]}`.trimEnd());
  const target = `host=${input.host} port=${input.port} dbname=${input.database}`;
  return {
    ini: `[databases]\n${input.database} = ${target}\n\n[pgbouncer]\n%include ${listenFile}\n${lines.join("\n")}\n`,
    leftOut: missing.map(
      (name) => `PgBouncer ${input.version} does not know ${name} (since ${settingSince[name]}); it runs without it`,
    ),
  };
}

/** userlist.txt; a double quote inside a value is doubled, as PgBouncer reads it. */
export function renderUserlist(passwords: Readonly<Record<string, string>>): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return Object.keys(passwords)
    .sort()
    .map((user) => `${quote(user)} ${quote(passwords[user] ?? "")}\n`)
    .join("");
}
