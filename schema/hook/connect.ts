import { setTimeout as pause } from "node:timers/promises";

import { Client, type ClientConfig } from "pg";

import { SchemaError, errorCode, errorMessage } from "../errors";
import { rowsOf, type Session } from "../database/sql";

/** The server is not there yet: no listener, no name, starting up (57P03), full (53300), or cut off while starting. */
const NOT_YET = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENOENT",
  "57P03",
  "53300",
]);

const PAUSE_MS = 500;

/** Longest wait for one connection attempt: a server that accepts but never speaks is tried again. */
const TRY_MS = 10_000;

const HOST_CURE =
  "Give PGHOST and PGPORT of the primary itself: the hook needs a session of its own on a server that takes writes.";

async function tryConnect(config: ClientConfig): Promise<Client> {
  const client = new Client(config);
  // A connection that breaks while idle must not end the process by an unhandled event: the next query reports it.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/**
 * Connects as soon as the server lets us.
 * @throws SchemaError when it does not within `deadlineSeconds`, or at once for anything that waiting will not cure.
 */
export async function connectWithin(
  config: ClientConfig,
  deadlineSeconds: number,
  onWait: (why: string) => void,
): Promise<Client> {
  const deadline = Date.now() + deadlineSeconds * 1000;
  const target = `${config.host}:${config.port}/${config.database} as ${String(config.user)}`;
  for (let told = ""; ;) {
    try {
      const leftMs = Math.max(1, deadline - Date.now());
      return await tryConnect({ ...config, connectionTimeoutMillis: Math.min(TRY_MS, leftMs) });
    } catch (error) {
      const code = errorCode(error) || (/timeout/.test(errorMessage(error)) ? "ETIMEDOUT" : "");
      const why = `${code} ${errorMessage(error)}`.trim();
      if (!NOT_YET.has(code))
        throw new SchemaError(
          {
            what: `Cannot connect: ${why}`,
            got: target,
            cure: "Correct the address, the user, the password or the CA file.",
          },
          error,
        );
      if (Date.now() + PAUSE_MS >= deadline)
        throw new SchemaError(
          {
            what: `The database did not answer within ${deadlineSeconds} s: ${why}`,
            got: target,
            cure: "Start it, or correct PGHOST and PGPORT.",
          },
          error,
        );
      if (why !== told) onWait(why);
      told = why;
      await pause(PAUSE_MS);
    }
  }
}

/** The process id the server announced when the session began. pg keeps it, its types do not say so. */
function announcedPid(client: Client): number | null {
  const { processID } = client as Client & { processID?: number | null };
  return processID ?? null;
}

/**
 * Refuses what cannot do the work: a standby takes no writes, and behind a pooler a session is not ours alone, so that
 * locks, settings and concurrent builds go astray. A pooler answers with a process id of its own making.
 */
export async function requireDirectPrimary(client: Client, target: string): Promise<void> {
  const [session] = await rowsOf<{ standby: boolean; pid: number }>(
    client,
    "select pg_is_in_recovery() as standby, pg_backend_pid() as pid",
  );
  if (session?.standby)
    throw new SchemaError({ what: "This is a standby: it takes no writes", got: target, cure: HOST_CURE });
  if (session?.pid !== announcedPid(client))
    throw new SchemaError({
      what: "A connection pooler stands between the hook and the database",
      got: target,
      cure: HOST_CURE,
    });
}

/** A session's own settings, so that nothing of the server's defaults cuts a long build short or leaves it behind. */
export async function settleSession(session: Session): Promise<void> {
  await session.query(
    `select set_config('statement_timeout', '0', false),
            set_config('idle_in_transaction_session_timeout', '0', false),
            set_config('timezone', 'UTC', false),
            set_config('search_path', 'public', false),
            -- A policy that would hide rows from a copy is an error, not a shorter copy.
            set_config('row_security', 'off', false)`,
  );
  // One core builds, the others serve: a build with parallel workers takes every core of a small instance, and writes wait.
  await session.query("set max_parallel_maintenance_workers = 0");
  // A killed hook's statement then ends by itself, instead of holding its locks until it would have finished.
  await session.query("set client_connection_check_interval = '1s'");
}
