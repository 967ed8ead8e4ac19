import type { PerformContext } from "../../apply/perform";
import { lockTimeoutSql } from "../../apply/budgets";
import { inTransaction, qualified, quote, rowsOf, type Session } from "../../database/sql";
import type { TableName } from "../attachments";
import { underShortLocks } from "../short-locks";
import { leavesOf } from "./shadow";

export interface ForeignKey {
  name: string;
  /** As the server prints it, with NOT VALID when it is not. */
  definition: string;
  /** The table it refers to, qualified and quoted. */
  referenced: string;
  validated: boolean;
}

export async function foreignKeysOf(session: Session, table: TableName): Promise<ForeignKey[]> {
  return rowsOf<ForeignKey & Record<string, unknown>>(
    session,
    `select conname::text as name,
            pg_get_constraintdef(pg_constraint.oid) as definition,
            format('%I.%I', namespace.nspname, class.relname) as referenced,
            convalidated as validated
     from pg_constraint
     join pg_class class on class.oid = confrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where conrelid = to_regclass($1) and contype = 'f'
     order by conname`,
    [qualified(table)],
  );
}

/**
 * On every partition, not validated: for the cut-over itself. Earlier would be wrong: the successor lags behind, so a
 * row that the application deleted together with the row it refers to would still stand in the way. Later would leave
 * a moment unguarded. About 0.2 ms each.
 */
export function unvalidatedStatements(leaves: TableName[], keys: ForeignKey[]): string[] {
  return leaves.flatMap((leaf) =>
    keys.map(
      ({ name, definition }) =>
        `alter table ${qualified(leaf)} add constraint ${quote(name)} ${definition.replace(/ NOT VALID$/, "")} not valid`,
    ),
  );
}

async function unvalidated(session: Session, table: TableName): Promise<(TableName & { constraint: string })[]> {
  return rowsOf<TableName & { constraint: string } & Record<string, string>>(
    session,
    `select namespace.nspname::text as schema, class.relname::text as name, conname::text as constraint
     from pg_inherits
     join pg_constraint on conrelid = inhrelid and contype = 'f' and not convalidated
     join pg_class class on class.oid = inhrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where inhparent = $1::regclass
     order by 2, 3`,
    [qualified(table)],
  );
}

/**
 * After the cut-over: partition by partition validated, which blocks nobody, then the parent's key, which adopts the
 * partitions' without looking at a row again.
 */
export async function finishForeignKeys(
  session: Session,
  table: TableName,
  keys: ForeignKey[],
  context: Pick<PerformContext, "budgets" | "stopping" | "onProgress">,
): Promise<number> {
  const todo = await unvalidated(session, table);
  for (const [done, leaf] of todo.entries()) {
    await inTransaction(session, async () => {
      await session.query(lockTimeoutSql(context.budgets.shortLockSeconds, "local"));
      await session.query(`alter table ${qualified(leaf)} validate constraint ${quote(leaf.constraint)}`);
    });
    context.onProgress({ phase: "validating foreign keys", done: done + 1, total: todo.length, unit: "partitions" });
  }
  const leaves = await leavesOf(session, table);
  const present = new Set((await foreignKeysOf(session, table)).map(({ name }) => name));
  for (const key of keys.filter(({ name }) => !present.has(name)))
    await underShortLocks(
      session,
      {
        purpose: `give ${qualified(table)} its foreign key ${key.name}`,
        relations: [qualified(table), key.referenced, ...leaves.map(qualified)],
        against: "writers",
        budgets: context.budgets,
        stopping: context.stopping,
      },
      async () => {
        await session.query(`lock table ${key.referenced}, ${qualified(table)} in share row exclusive mode`);
        await session.query(`alter table ${qualified(table)} add constraint ${quote(key.name)} ${key.definition}`);
      },
    );
  return keys.length;
}
