import { setTimeout as pause } from "node:timers/promises";

import { qualified, rowsOf, type Session } from "../../database/sql";
import { errorCode } from "../../errors";
import type { TableName } from "../attachments";
import { keyList, keysEqual, type Source } from "./source";
import { logTable } from "./change-log";

const UNIQUE_VIOLATION = "23505";
/** lock_not_available, deadlock_detected, serialization_failure, foreign_key_violation (the row referred to just went). */
const CHANGED_MEANWHILE = new Set(["55P03", "40P01", "40001", "23503"]);
const ATTEMPTS = 50;
const LOCK_MS = 50;

/**
 * Brings the successor's rows of the oldest logged keys to what the source's rows are now: delete, insert again, forget
 * the entries. By state, not by event, so it may be repeated. To be called in a transaction in which all statements see
 * the same source and log: one snapshot (repeatable read), or the source locked.
 * @returns the number of entries forgotten.
 */
export async function drainOldest(
  session: Session,
  source: Source,
  shadow: TableName,
  conversion: string,
  limit: number | null,
): Promise<number> {
  const log = logTable(source.oid);
  const [oldest] = await rowsOf<{ bound: string | null; entries: number; truncated: boolean | null }>(
    session,
    `select max(seq)::text as bound, count(*)::float8 as entries, bool_or(truncated) as truncated
     from (select seq, truncated from ${log} order by seq limit ${limit ?? "all"}) as oldest`,
  );
  if (oldest === undefined || oldest.bound === null) return 0;
  const columns = source.columns.join(", ");
  const changed = `(select distinct ${keyList(source)} from ${log} where seq <= $1::bigint and not truncated) as changed`;
  // All rows went: what came after is logged behind this entry, and what the copy has yet to reach it will read.
  if (oldest.truncated === true) await session.query(`truncate ${qualified(shadow)}`);
  // Named statements: planning for many partitions takes longer than the few rows of a batch.
  const run = (name: string, text: string) =>
    session.query({ name: `plinth_${name}_${conversion}`, text, values: [oldest.bound] });
  await run(
    "remove",
    `delete from ${qualified(shadow)} as shadow using ${changed} where ${keysEqual(source, "shadow", "changed")}`,
  );
  await run(
    "renew",
    `insert into ${qualified(shadow)} (${columns}) overriding system value
     select ${source.columns.map((column) => `source.${column}`).join(", ")}
     from ${source.name} as source join ${changed} on ${keysEqual(source, "source", "changed")}`,
  );
  await session.query(
    `delete from ${log} where seq <= ${BigInt(oldest.bound)};
     update plinth.conversion set changes_drained = changes_drained + ${oldest.entries}, updated = clock_timestamp()
       where id = ${BigInt(conversion)}`,
  );
  return oldest.entries;
}

/** Settings under which a few keys are looked up in partitions one by one, whatever the statistics say. */
export const DRAIN_SETTINGS = {
  synchronous_commit: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  enable_seqscan: "off",
  plan_cache_mode: "force_generic_plan",
  jit: "off",
  max_parallel_workers_per_gather: "0",
};

/**
 * One transaction of its own, in one snapshot; `limit` null: everything logged, after which both tables are equal in that
 * snapshot. The successor may have foreign keys already, so it can meet the application at a row referred to: then it
 * steps back within LOCK_MS, long before the server would look for a deadlock, and tries again.
 */
export async function drainInSnapshot(
  session: Session,
  source: Source,
  shadow: TableName,
  conversion: string,
  limit: number | null,
): Promise<number> {
  let entries = limit;
  for (let attempt = 1; ; attempt++)
    try {
      await session.query("begin isolation level repeatable read");
      await session.query(`set local lock_timeout = ${LOCK_MS}`);
      const did = await drainOldest(session, source, shadow, conversion, entries);
      await session.query("commit");
      return did;
    } catch (error) {
      await session.query("rollback");
      const sqlState = errorCode(error);
      // A unique value moved between two rows of which only one was among the oldest: all of them together agree.
      if (sqlState === UNIQUE_VIOLATION && entries !== null) entries = null;
      else if (!CHANGED_MEANWHILE.has(sqlState) || attempt >= ATTEMPTS) throw error;
      await pause(5 + Math.random() * 20 * attempt);
    }
}
