import { resolve } from "node:path";
import { SchemaError } from "../../schema/errors";
import { readEnvironment, type HookSettings } from "../../schema/hook/environment";
import { maskPassword } from "../terminal/mask";
import { localStack, target, type CommonOptions } from "../options";
import { readAdministrator } from "../status";
import { UserError } from "../user-error";

export interface SchemaOptions extends CommonOptions {
  /** postgresql:// URL of the primary. */
  readonly url?: string;
  readonly stack?: string;
  readonly manifest?: string;
  readonly rolePasswords?: string;
}

/** Where the manifest is when the stack does not say. */
const CLINIC = "schema/clinic/manifest.json";

type Variables = Record<string, string | undefined>;

/** libpq's variables for what a URL says. @throws UserError when it is none. */
export function variablesOf(url: string): Variables {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw new UserError(`'${maskPassword(url)}' is no URL; give postgresql://user@host:port/database`, {
      cause: error,
    });
  }
  if (!["postgresql:", "postgres:"].includes(parsed.protocol))
    throw new UserError(`'${maskPassword(url)}' is no URL of PostgreSQL; give postgresql://user@host:port/database`);
  const text = (value: string | null) => (value === null || value === "" ? undefined : decodeURIComponent(value));
  return {
    PGHOST: text(parsed.hostname.replace(/^\[|\]$/g, "")),
    PGPORT: text(parsed.port),
    PGDATABASE: text(parsed.pathname.slice(1)),
    PGUSER: text(parsed.username),
    PGPASSWORD: text(parsed.password),
    PGSSLMODE: parsed.searchParams.get("sslmode") ?? undefined,
    PGSSLROOTCERT: parsed.searchParams.get("sslrootcert") ?? undefined,
  };
}

const given = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));

/**
 * Which database is meant, and how to reach it: `--url`, else libpq's variables, else the stack on this machine.
 * @throws UserError naming what is missing or wrong.
 */
export async function databaseSettings(options: SchemaOptions): Promise<HookSettings> {
  const elsewhere = options.url !== undefined || process.env["PGHOST"] !== undefined;
  const connection =
    options.url !== undefined ? variablesOf(options.url) : elsewhere ? {} : await localVariables(options);
  const environment = {
    ...process.env,
    ...given(connection),
    PLINTH_MANIFEST: manifestPath(options, elsewhere),
    PLINTH_ROLE_PASSWORDS: options.rolePasswords ?? process.env["PLINTH_ROLE_PASSWORDS"],
    PLINTH_ACTOR: process.env["PLINTH_ACTOR"] ?? process.env["SUDO_USER"] ?? process.env["USER"],
    // A person waits at the terminal: a database that does not answer is told soon.
    PLINTH_START_DEADLINE_SECONDS: process.env["PLINTH_START_DEADLINE_SECONDS"] ?? "10",
  };
  return asUserError(() => readEnvironment(environment));
}

async function localVariables(options: SchemaOptions): Promise<Variables> {
  const { project, places } = target(options, options.stack ?? localStack);
  const { connectionString } = await readAdministrator(project, places).catch((error: unknown) => {
    if (error instanceof UserError)
      throw new UserError(`${error.message}, or name a database with --url or PGHOST`, { cause: error });
    throw error;
  });
  return variablesOf(connectionString ?? "");
}

function manifestPath(options: SchemaOptions, elsewhere: boolean): string {
  if (options.manifest !== undefined) return resolve(options.manifest);
  if (process.env["PLINTH_MANIFEST"] !== undefined) return process.env["PLINTH_MANIFEST"];
  if (elsewhere) return resolve(options.program, CLINIC);
  const { project } = target(options, options.stack ?? localStack);
  const configured = project.config[`${project.name}:schemaManifest`];
  return resolve(project.directory, typeof configured === "string" ? configured : CLINIC);
}

/** The hook's errors are for people already; here they are shown like every other of this command. */
export function asUserError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translated(error);
  }
}

export async function awaitAsUserError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  return error instanceof SchemaError ? new UserError(error.message, { cause: error }) : error;
}
