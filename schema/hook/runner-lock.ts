import { setTimeout as pause } from "node:timers/promises";

import { SchemaError } from "../errors";
import { rowsOf, type Session } from "../database/sql";

/** Any number will do as long as it stays: it is "plinth" in ASCII. */
const LOCK_KEY = "123614021809256";

const PAUSE_MS = 250;

async function holder(session: Session): Promise<string> {
  const [row] = await rowsOf<{ who: string }>(
    session,
    `select format('pid %s (%s from %s, since %s)', activity.pid, activity.usename,
                   coalesce(host(activity.client_addr), 'a local socket'), date_trunc('second', activity.backend_start)) as who
     from pg_locks
     join pg_stat_activity activity using (pid)
     where pg_locks.locktype = 'advisory' and pg_locks.granted
       and pg_locks.database = (select oid from pg_database where datname = current_database())
       and (classid::bigint << 32) | objid::bigint = $1::bigint and objsubid = 1`,
    [LOCK_KEY],
  );
  return row?.who ?? "a session that just ended";
}

/**
 * Runs `work` as the only runner on this database. The lock belongs to the session: it goes when the runner dies.
 * @throws SchemaError naming the other runner when it does not finish in time.
 */
export async function asOnlyRunner<T>(
  session: Session,
  limits: { waitSeconds: number; stopping: () => string | null },
  onWait: (who: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + limits.waitSeconds * 1000;
  for (let told = false; ;) {
    const [row] = await rowsOf<{ taken: boolean }>(session, "select pg_try_advisory_lock($1::bigint) as taken", [
      LOCK_KEY,
    ]);
    if (row?.taken) break;
    const who = await holder(session);
    if (Date.now() + PAUSE_MS >= deadline)
      throw new SchemaError({
        what: `Another runner is at work on this database: ${who}`,
        got: `no end of it within ${limits.waitSeconds} s`,
        cure: "Let it finish, or end that session, then run the hook again.",
      });
    const stop = limits.stopping();
    if (stop !== null)
      throw new SchemaError({
        what: stop,
        got: `while waiting for ${who}`,
        cure: "Nothing was done; run the hook again.",
      });
    if (!told) onWait(who);
    told = true;
    await pause(PAUSE_MS);
  }
  // No unlock: the session ends with the run, and the lock with the session.
  return work();
}
