import { quote, rowsOf, type Session } from "../../database/sql";
import { milestoneSql } from "../state";
import { underShortLocks, type ShortLocks } from "../short-locks";
import { keyList, type Source } from "./source";

export const CHANGE_TRIGGER = "plinth_log_change";
export const TRUNCATE_TRIGGER = "plinth_log_truncate";

export function logTable(sourceOid: number): string {
  return `plinth.change_${sourceOid}`;
}

export function logFunction(sourceOid: number): string {
  return `plinth.log_change_${sourceOid}`;
}

/** Keys have the source's own types; a row without key and with `truncated` says that all rows went. */
export function createLogStatements(source: Source): string[] {
  const log = logTable(source.oid);
  return [
    `create table ${log} (
       seq bigint generated always as identity primary key,
       truncated boolean not null default false,
       ${source.key.map(({ column, type }) => `${column} ${type}`).join(", ")}
     )`,
    // Filled and emptied all the time: dead entries would slow every look into it.
    `alter table ${log} set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`,
  ];
}

/**
 * The function writes as its owner, for the application has no right on the log. It looks at nothing but the key;
 * comparing images needs no operator of the key's type.
 */
function functionSql(source: Source): string {
  const insert = (row: string) =>
    `insert into ${logTable(source.oid)} (${keyList(source)}) values (${keyList(source, `${row}.`)});`;
  return `create or replace function ${logFunction(source.oid)}() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $plinth$
    begin
      if tg_op = 'TRUNCATE' then
        insert into ${logTable(source.oid)} (truncated) values (true);
      elsif tg_op = 'INSERT' then
        ${insert("new")}
      else
        ${insert("old")}
        if tg_op = 'UPDATE' and record_image_ne(row(${keyList(source, "new.")}), row(${keyList(source, "old.")})) then
          ${insert("new")}
        end if;
      end if;
      return null;
    end $plinth$`;
}

/**
 * From its commit on every change is logged. CREATE TRIGGER waits until no writer is in flight: what they wrote is
 * committed and will be read by the copy; what begins later is logged. Always enabled: a logical replication worker
 * writes with session_replication_role = replica.
 */
export async function startLogging(
  session: Session,
  source: Source,
  conversion: string,
  locks: Omit<ShortLocks, "purpose" | "relations" | "against">,
): Promise<void> {
  const name = logFunction(source.oid);
  await underShortLocks(
    session,
    { ...locks, purpose: `begin to log changes of ${source.name}`, relations: [source.name], against: "writers" },
    async () => {
      await session.query(functionSql(source));
      await session.query(`revoke execute on function ${name}() from public`);
      await session.query(`lock table ${source.name} in share row exclusive mode`);
      await session.query(
        `create trigger ${quote(CHANGE_TRIGGER)} after insert or update or delete on ${source.name}
           for each row execute function ${name}();
         create trigger ${quote(TRUNCATE_TRIGGER)} after truncate on ${source.name}
           for each statement execute function ${name}();
         alter table ${source.name} enable always trigger ${quote(CHANGE_TRIGGER)};
         alter table ${source.name} enable always trigger ${quote(TRUNCATE_TRIGGER)};
         ${milestoneSql(conversion, "logging")}`,
      );
    },
  );
}

/** Entries that committed and are not drained yet. */
export async function pendingChanges(session: Session, sourceOid: number): Promise<number> {
  const [row] = await rowsOf<{ pending: number }>(
    session,
    `select count(*)::float8 as pending from ${logTable(sourceOid)}`,
  );
  return row?.pending ?? 0;
}
