import { qualified, quote, rowsOf, type Session } from "../database/sql";
import type { WantedIndex } from "../manifest/manifest-schema";
import { leafIndexName, leftoverNames, successorName } from "../plan/index-names";
import { createIndexSql } from "../plan/index-sql";
import { indexMeaning } from "../plan/inspect/indexes";
import { inTransaction, inVoidedTransaction } from "../database/sql";
import { lockTimeoutSql, type Budgets } from "./budgets";

interface TableName {
  schema: string;
  name: string;
}

interface Found {
  valid: boolean;
  building: boolean;
  meaning: string;
}

async function findIndex(session: Session, schema: string, name: string): Promise<Found | null> {
  const [row] = await rowsOf<{ valid: boolean; building: boolean }>(
    session,
    `select indisvalid and indisready as valid,
            exists (select from pg_stat_progress_create_index where index_relid = indexrelid) as building
     from pg_index where indexrelid = to_regclass($1)`,
    [qualified({ schema, name })],
  );
  return row === undefined ? null : { ...row, meaning: await indexMeaning(session, qualified({ schema, name })) };
}

/** The meaning the server gives to the wanted index, asked of an empty table of the same shape. */
async function wantedMeaning(session: Session, table: TableName, index: WantedIndex): Promise<string> {
  return inVoidedTransaction(session, async () => {
    await session.query(`create temporary table plinth_shape (like ${qualified(table)})`);
    await session.query(
      createIndexSql(index, { name: "plinth_wanted", on: "pg_temp.plinth_shape", concurrently: false }),
    );
    return indexMeaning(session, "pg_temp.plinth_wanted");
  });
}

async function dropConcurrently(session: Session, schema: string, name: string): Promise<void> {
  await session.query(`drop index concurrently if exists ${qualified({ schema, name })}`);
}

/**
 * Brings one ordinary table's index to what is wanted. States, told from the catalogue alone, so that a killed run is
 * continued by the next: leftovers → none; nothing → built; wrong → successor built → wrong dropped → successor renamed.
 */
async function ensurePlainIndex(
  session: Session,
  table: TableName,
  index: WantedIndex,
  name: string,
  meaning: string,
): Promise<void> {
  const successor = successorName(name);
  for (const leftover of [name, ...leftoverNames(name)]) {
    const found = await findIndex(session, table.schema, leftover);
    if (found !== null && !found.building && (!found.valid || (leftover !== name && leftover !== successor)))
      await dropConcurrently(session, table.schema, leftover);
  }
  const build = (as: string) =>
    session.query(createIndexSql(index, { name: as, on: qualified(table), concurrently: true }));

  const current = await findIndex(session, table.schema, name);
  if (current?.meaning === meaning) {
    await dropConcurrently(session, table.schema, successor);
    return;
  }
  const next = await findIndex(session, table.schema, successor);
  if (current === null && next === null) {
    await build(name);
    return;
  }
  if (next?.meaning !== meaning) {
    await dropConcurrently(session, table.schema, successor);
    await build(successor);
  }
  await dropConcurrently(session, table.schema, name);
  await session.query(`alter index ${qualified({ schema: table.schema, name: successor })} rename to ${quote(name)}`);
}

async function leavesWithout(session: Session, table: TableName, parentIndex: string): Promise<TableName[]> {
  return rowsOf<TableName & Record<string, string>>(
    session,
    `select namespace.nspname::text as schema, class.relname::text as name
     from pg_partition_tree($1::regclass) tree
     join pg_class class on class.oid = tree.relid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where tree.isleaf
       and not exists (select from pg_inherits
                       join pg_index on pg_index.indexrelid = pg_inherits.inhrelid
                       where pg_inherits.inhparent = $2::regclass and pg_index.indrelid = class.oid)
     order by 2`,
    [qualified(table), parentIndex],
  );
}

/** A partitioned table cannot be indexed concurrently as a whole: parent alone, each partition concurrently, attach. */
async function ensurePartitionedIndex(
  session: Session,
  table: TableName,
  index: WantedIndex,
  meaning: string,
  budgets: Budgets,
): Promise<void> {
  const parent = qualified({ schema: table.schema, name: index.name });
  const current = await findIndex(session, table.schema, index.name);
  await session.query(lockTimeoutSql(budgets.shortLockSeconds));
  await inTransaction(session, async () => {
    if (current !== null && current.meaning !== meaning) await session.query(`drop index ${parent}`);
    if (current?.meaning !== meaning)
      await session.query(
        createIndexSql(index, { name: index.name, on: qualified(table), concurrently: false, only: true }),
      );
  });
  for (const leaf of await leavesWithout(session, table, parent)) {
    const name = leafIndexName(leaf.name, index.name);
    await session.query(lockTimeoutSql(budgets.buildLockSeconds));
    await ensurePlainIndex(session, leaf, index, name, meaning);
    await session.query(lockTimeoutSql(budgets.shortLockSeconds));
    await session.query(`alter index ${parent} attach partition ${qualified({ schema: leaf.schema, name })}`);
  }
}

/** Makes the wanted index exist, valid and with the wanted meaning, without ever blocking writes for longer than the short budget. */
export async function ensureIndex(
  session: Session,
  table: TableName,
  index: WantedIndex,
  budgets: Budgets,
): Promise<void> {
  const meaning = await wantedMeaning(session, table, index);
  const [row] = await rowsOf<{ partitioned: boolean }>(
    session,
    "select relkind = 'p' as partitioned from pg_class where oid = $1::regclass",
    [qualified(table)],
  );
  if (row?.partitioned) return ensurePartitionedIndex(session, table, index, meaning, budgets);
  await session.query(lockTimeoutSql(budgets.buildLockSeconds));
  await ensurePlainIndex(session, table, index, index.name, meaning);
}
