import { inTransaction, qualified, quote, rowsOf, type Session } from "../database/sql";
import type { WantedIndex } from "../manifest/manifest-schema";
import { leafIndexName, predecessorName, successorName } from "../plan/index-names";
import { createIndexSql } from "../plan/index-sql";
import { indexMeaning } from "../plan/inspect/indexes";
import { lockTimeoutSql, type Budgets } from "./budgets";
import { findIndex, type TableName } from "./found-index";
import { ensurePlainIndex } from "./plain-index-step";

/** Partitions that hold rows and have no part of the parent's index yet. */
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

/** A valid index of the partition that means the same and belongs to no other parent: it is taken instead of a second one. */
async function freeTwin(session: Session, leaf: TableName, meaning: string): Promise<TableName | null> {
  const free = await rowsOf<TableName & Record<string, string>>(
    session,
    `select namespace.nspname::text as schema, class.relname::text as name
     from pg_index i
     join pg_class class on class.oid = i.indexrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where i.indrelid = $1::regclass and i.indisvalid and not class.relispartition
       and not exists (select from pg_constraint where conindid = i.indexrelid)
     order by 2`,
    [qualified(leaf)],
  );
  for (const index of free) if ((await indexMeaning(session, qualified(index))) === meaning) return index;
  return null;
}

/** Parent alone, each partition concurrently, attach: the parent becomes valid with the last one. */
async function buildWhole(
  session: Session,
  table: TableName,
  index: WantedIndex,
  name: string,
  meaning: string,
  budgets: Budgets,
): Promise<void> {
  const parent = { schema: table.schema, name };
  await session.query(lockTimeoutSql(budgets.shortLockSeconds));
  if ((await findIndex(session, parent)) === null)
    await session.query(createIndexSql(index, { name, on: qualified(table), concurrently: false, only: true }));
  for (const leaf of await leavesWithout(session, table, qualified(parent))) {
    let part = await freeTwin(session, leaf, meaning);
    if (part === null) {
      part = { schema: leaf.schema, name: leafIndexName(leaf.name, name) };
      await session.query(lockTimeoutSql(budgets.buildLockSeconds));
      await ensurePlainIndex(session, leaf, index, part.name, meaning);
      await session.query(lockTimeoutSql(budgets.shortLockSeconds));
    }
    await session.query(`alter index ${qualified(parent)} attach partition ${qualified(part)}`);
  }
}

/** A partitioned index cannot be dropped concurrently; it takes the table's lock for the moment the drop lasts. */
async function dropBriefly(session: Session, index: TableName, budgets: Budgets): Promise<void> {
  await session.query(lockTimeoutSql(budgets.shortLockSeconds));
  await session.query(`drop index if exists ${qualified(index)}`);
}

/**
 * Brings a partitioned table's index to what is wanted. As with a plain table the wrong one stays in use until its
 * successor is whole; names are then swapped, which waits for nobody, and the wrong one dropped.
 */
export async function ensurePartitionedIndex(
  session: Session,
  table: TableName,
  index: WantedIndex,
  meaning: string,
  budgets: Budgets,
): Promise<void> {
  const at = (name: string) => ({ schema: table.schema, name });
  const successor = at(successorName(index.name));
  const predecessor = at(predecessorName(index.name));
  await dropBriefly(session, predecessor, budgets);
  const current = await findIndex(session, at(index.name));
  if (current === null || current.meaning === meaning) {
    await dropBriefly(session, successor, budgets);
    return buildWhole(session, table, index, index.name, meaning, budgets);
  }
  const next = await findIndex(session, successor);
  if (next !== null && next.meaning !== meaning) await dropBriefly(session, successor, budgets);
  await buildWhole(session, table, index, successor.name, meaning, budgets);
  await inTransaction(session, async () => {
    await session.query(`alter index ${qualified(at(index.name))} rename to ${quote(predecessor.name)}`);
    await session.query(`alter index ${qualified(successor)} rename to ${quote(index.name)}`);
  });
  await dropBriefly(session, predecessor, budgets);
}
