import { redact } from "./redact";
import { rowsOf, type Session } from "../database/sql";

/** Sessions that can make a lock wait time out: holders of locks on the table, then the oldest open transactions. */
export async function describeBlockers(session: Session, regclass: string | null): Promise<string[]> {
  const found = await rowsOf<{ pid: number; who: string; state: string; ageSeconds: number; query: string }>(
    session,
    `select activity.pid,
            coalesce(activity.usename, '?') || coalesce('/' || nullif(activity.application_name, ''), '') as who,
            coalesce(activity.state, '?') as state,
            extract(epoch from now() - activity.xact_start)::int as "ageSeconds",
            activity.query
     from pg_stat_activity activity
     where activity.pid <> pg_backend_pid()
       and activity.datname = current_database()
       and activity.xact_start is not null
     order by exists (select from pg_locks
                      where pg_locks.pid = activity.pid and pg_locks.granted
                        and pg_locks.relation = to_regclass($1)) desc,
              activity.xact_start
     limit 3`,
    [regclass],
  );
  return found.map(
    ({ pid, who, state, ageSeconds, query }) =>
      `pid ${pid} (${who}, ${state}, open for ${ageSeconds} s): ${redact(query)}`,
  );
}
