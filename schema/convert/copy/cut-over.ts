import { setTimeout as pause } from "node:timers/promises";

import type { PerformContext } from "../../apply/perform";
import { lockTimeoutSql } from "../../apply/budgets";
import { qualified, quote, type Session } from "../../database/sql";
import { SchemaError } from "../../errors";
import type { WantedTable } from "../../manifest/manifest-schema";
import type { TableName } from "../attachments";
import { oldOf } from "../names";
import { underShortLocks } from "../short-locks";
import { milestoneSql, type Conversion } from "../state";
import { takeOverStatements } from "./carry-over";
import { catchUp } from "./catch-up";
import { CHANGE_TRIGGER, TRUNCATE_TRIGGER, pendingChanges } from "./change-log";
import { DRAIN_SETTINGS, drainOldest } from "./drain";
import { foreignKeysOf } from "./foreign-keys";
import { renameIndexStatements } from "./indexes";
import { listIndexes } from "./index-list";
import { requireSameShape, type Source } from "./source";
import { turnYieldStatements } from "./yield";

/** More changes than this are not drained while everybody waits: go back and catch up once more. */
const MOST_UNDER_LOCK = 300;

class TooManyChanges extends Error {}

/** SQL for the moment itself, read while nobody can change the table's definition. */
async function takeOverSql(
  session: Session,
  table: WantedTable,
  source: Source,
  shadow: TableName,
  conversion: Conversion,
): Promise<string> {
  const old = oldOf(table);
  const name = qualified(table);
  const statements = [
    ...(await renameIndexStatements(session, table, shadow, await listIndexes(session, table))),
    `drop trigger ${quote(CHANGE_TRIGGER)} on ${name}`,
    `drop trigger ${quote(TRUNCATE_TRIGGER)} on ${name}`,
    `alter table ${name} rename to ${quote(old.name)}`,
    `alter table ${qualified(shadow)} rename to ${quote(table.name)}`,
    ...(await turnYieldStatements(session, source, old, await foreignKeysOf(session, table))),
    ...(await takeOverStatements(session, table, shadow)),
    ...(typeof conversion.notes.register === "string" ? [conversion.notes.register] : []),
    milestoneSql(conversion.id, "cut-over"),
  ];
  return statements.join(";\n");
}

async function attemptCutOver(
  session: Session,
  table: WantedTable,
  source: Source,
  shadow: TableName,
  conversion: Conversion,
  context: PerformContext,
): Promise<number> {
  const referenced = [...new Set((await foreignKeysOf(session, table)).map((key) => key.referenced))];
  return underShortLocks(
    session,
    {
      purpose: `put the partitions in the place of ${source.name}`,
      relations: [source.name, ...referenced],
      against: "readers and writers",
      budgets: context.budgets,
      stopping: context.stopping,
      prepare: () => catchUp(session, source, shadow, conversion.id, context),
    },
    async () => {
      // Nobody queues behind this one; it ends an autovacuum that would outlast any short wait, and keeps definitions.
      await session.query(lockTimeoutSql(context.budgets.shortLockSeconds, "local"));
      await session.query(`lock table ${source.name} in share update exclusive mode`);
      await requireSameShape(session, table, shadow);
      const sql = await takeOverSql(session, table, source, shadow, conversion);
      for (const [name, value] of Object.entries(DRAIN_SETTINGS))
        if (name !== "synchronous_commit") await session.query(`set local ${name} = '${value}'`);
      await session.query(`set local lock_timeout = ${context.budgets.cutOverLockMs}`);
      // From here on writers wait: also those of the tables referred to, which must not meet a trigger that yields.
      const started = performance.now();
      for (const name of referenced) await session.query(`lock table ${name} in share row exclusive mode`);
      await session.query(`lock table ${source.name} in access exclusive mode`);
      if ((await pendingChanges(session, source.oid)) > MOST_UNDER_LOCK) throw new TooManyChanges();
      await drainOldest(session, source, shadow, conversion.id, null);
      await session.query(sql);
      return performance.now() - started;
    },
  );
}

/**
 * The moment: what is left of the log is drained, names change hands, and the successor is the table. All of it or
 * nothing, in one transaction whose locks were free at once. @returns milliseconds from the first lock to before commit.
 */
export async function cutOver(
  session: Session,
  table: WantedTable,
  source: Source,
  shadow: TableName,
  conversion: Conversion,
  context: PerformContext,
): Promise<number> {
  for (let attempt = 1; attempt <= context.budgets.cutOverAttempts; attempt++) {
    try {
      return await attemptCutOver(session, table, source, shadow, conversion, context);
    } catch (error) {
      if (!(error instanceof TooManyChanges)) throw error;
      await pause(100);
    }
  }
  throw new SchemaError({
    what: `${source.name} never had a moment with fewer than ${MOST_UNDER_LOCK} changes to carry over`,
    got: `${context.budgets.cutOverAttempts} attempts`,
    cure: "Run the hook again when there are fewer writes: it goes on from here.",
  });
}
