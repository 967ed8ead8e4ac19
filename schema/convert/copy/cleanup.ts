import type { PerformContext } from "../../apply/perform";
import { qualified, quote, rowsOf, type Session } from "../../database/sql";
import type { TableName } from "../attachments";
import { underShortLocks } from "../short-locks";
import { logFunction, logTable } from "./change-log";
import { foreignKeysOf } from "./foreign-keys";
import { leavesOf } from "./leaves";

type Waiting = Pick<PerformContext, "budgets" | "stopping">;

async function exists(session: Session, table: TableName): Promise<boolean> {
  const [row] = await rowsOf<{ exists: boolean }>(session, "select to_regclass($1) is not null as exists", [
    qualified(table),
  ]);
  return row?.exists ?? false;
}

/** Each in a moment of its own: dropping a foreign key locks the table it refers to, and that one is in use. */
export async function dropForeignKeys(session: Session, table: TableName, context: Waiting): Promise<void> {
  const name = qualified(table);
  for (const key of await foreignKeysOf(session, table))
    await underShortLocks(
      session,
      {
        purpose: `drop the foreign key ${key.name} of ${name}`,
        relations: [key.referenced, name],
        against: "readers and writers",
        ...context,
      },
      async () => {
        await session.query(`lock table ${key.referenced} in access exclusive mode`);
        await session.query(`alter table ${name} drop constraint ${quote(key.name)}`);
      },
    );
}

/** Partitions may have keys of their own, which the parent has not adopted yet. */
export async function dropPartitionForeignKeys(session: Session, parent: TableName, context: Waiting): Promise<void> {
  await dropForeignKeys(session, parent, context);
  for (const leaf of await leavesOf(session, parent)) await dropForeignKeys(session, leaf, context);
}

/** A table that nobody uses any more, and that refers to no other. */
export async function dropTable(session: Session, table: TableName, context: Waiting): Promise<void> {
  const name = qualified(table);
  if (!(await exists(session, table))) return;
  await underShortLocks(
    session,
    { purpose: `drop ${name}`, relations: [name], against: "readers and writers", ...context },
    async () => {
      await session.query(`drop table ${name}`);
    },
  );
}

/** The log and its function, once no trigger calls it. */
export async function dropLog(session: Session, sourceOid: number): Promise<void> {
  await session.query(
    `drop table if exists ${logTable(sourceOid)}; drop function if exists ${logFunction(sourceOid)}()`,
  );
}
