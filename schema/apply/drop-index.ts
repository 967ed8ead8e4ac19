import { qualified, rowsOf, type Session } from "../database/sql";
import { disownSql } from "../plan/owned-sql";
import type { Operation } from "../plan/steps";
import { lockTimeoutSql, type Budgets } from "./budgets";
import { dropConcurrently } from "./found-index";

/** Drops an index, concurrently wherever Postgres can, and takes it out of the registry. */
export async function dropIndex(
  session: Session,
  operation: Extract<Operation, { kind: "drop-index" }>,
  budgets: Budgets,
): Promise<void> {
  const { schema, name, on } = operation;
  const [row] = await rowsOf<{ partitioned: boolean }>(
    session,
    "select relkind = 'I' as partitioned from pg_class where oid = to_regclass($1)",
    [qualified({ schema, name })],
  );
  if (row?.partitioned) {
    await session.query(lockTimeoutSql(budgets.shortLockSeconds));
    await session.query(`drop index if exists ${qualified({ schema, name })}`);
  } else {
    await session.query(lockTimeoutSql(budgets.buildLockSeconds));
    await dropConcurrently(session, { schema, name });
  }
  await session.query(disownSql({ kind: "index", schema, name, belongsTo: on }));
}
