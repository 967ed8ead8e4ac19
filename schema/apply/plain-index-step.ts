import { inTransaction, qualified, quote, rowsOf, type Session } from "../database/sql";
import type { WantedIndex } from "../manifest/manifest-schema";
import { isLeftoverName, predecessorName, successorName } from "../plan/index-names";
import { createIndexSql } from "../plan/index-sql";
import { dropConcurrently, findIndex, type TableName } from "./found-index";

/** Drops what dead builds left on the table, whatever index they were of. What another session is building stays. */
async function dropLeftovers(session: Session, table: TableName, name: string): Promise<void> {
  const found = await rowsOf<{ name: string; valid: boolean }>(
    session,
    `select class.relname::text as name, i.indisvalid and i.indisready as valid
     from pg_index i join pg_class class on class.oid = i.indexrelid
     where i.indrelid = $1::regclass
       and not exists (select from pg_constraint where conindid = i.indexrelid)
       and not exists (select from pg_stat_progress_create_index where index_relid = i.indexrelid)
     order by 1`,
    [qualified(table)],
  );
  const own = new Set([predecessorName(name), `${name}_ccnew`, `${name}_ccold`]);
  for (const each of found) {
    const broken = !each.valid && (each.name === name || isLeftoverName(each.name));
    if (broken || own.has(each.name)) await dropConcurrently(session, { schema: table.schema, name: each.name });
  }
}

/**
 * Brings one ordinary table's index to what is wanted. States, told from the catalogue alone, so that a killed run is
 * continued by the next: leftovers → none; nothing → built; wrong → successor built → names swapped → wrong dropped. At no
 * moment is there neither the old nor the new index.
 */
export async function ensurePlainIndex(
  session: Session,
  table: TableName,
  index: WantedIndex,
  name: string,
  meaning: string,
): Promise<void> {
  const at = (other: string) => ({ schema: table.schema, name: other });
  const successor = successorName(name);
  await dropLeftovers(session, table, name);
  const build = (as: string) =>
    session.query(createIndexSql(index, { name: as, on: qualified(table), concurrently: true }));

  const current = await findIndex(session, at(name));
  if (current?.meaning === meaning) return dropConcurrently(session, at(successor));
  const next = await findIndex(session, at(successor));
  if (current === null && next === null) {
    await build(name);
    return;
  }
  if (next?.meaning !== meaning) {
    await dropConcurrently(session, at(successor));
    await build(successor);
  }
  // Renaming an index waits for no reader and no writer (PG manual, ALTER INDEX).
  await inTransaction(session, async () => {
    if (current !== null)
      await session.query(`alter index ${qualified(at(name))} rename to ${quote(predecessorName(name))}`);
    await session.query(`alter index ${qualified(at(successor))} rename to ${quote(name)}`);
  });
  await dropConcurrently(session, at(predecessorName(name)));
}
