import { inVoidedTransaction, qualified, rowsOf, type Session } from "../database/sql";
import type { WantedIndex } from "../manifest/manifest-schema";
import { createIndexSql } from "../plan/index-sql";
import { indexMeaning } from "../plan/inspect/indexes";
import { ownSql } from "../plan/owned-sql";
import type { Operation } from "../plan/steps";
import { lockTimeoutSql, type Budgets } from "./budgets";
import type { TableName } from "./found-index";
import { ensurePartitionedIndex } from "./partitioned-index-step";
import { ensurePlainIndex } from "./plain-index-step";

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

/**
 * Makes the wanted index exist, valid and with the wanted meaning, without ever blocking writes for longer than the short
 * budget, and notes it as ours.
 */
export async function ensureIndex(
  session: Session,
  operation: Extract<Operation, { kind: "index" }>,
  budgets: Budgets,
): Promise<void> {
  const { table, index, application } = operation;
  const meaning = await wantedMeaning(session, table, index);
  const [row] = await rowsOf<{ partitioned: boolean }>(
    session,
    "select relkind = 'p' as partitioned from pg_class where oid = $1::regclass",
    [qualified(table)],
  );
  if (row?.partitioned) await ensurePartitionedIndex(session, table, index, meaning, budgets);
  else {
    await session.query(lockTimeoutSql(budgets.buildLockSeconds));
    await ensurePlainIndex(session, table, index, index.name, meaning);
  }
  await session.query(
    ownSql({ kind: "index", schema: table.schema, name: index.name, belongsTo: table.name, meaning, application }),
  );
}
