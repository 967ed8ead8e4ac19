import { setTimeout as pause } from "node:timers/promises";

import type { PerformContext } from "../../apply/perform";
import { inTransaction, qualified, quote, rowsOf, type Session } from "../../database/sql";
import { errorCode } from "../../errors";
import { leafIndexName, successorName } from "../../plan/index-names";
import { indexMeaning } from "../../plan/inspect/indexes";
import type { TableName } from "../attachments";
import { outOfTheWay } from "../names";
import { withSettings } from "../session-settings";
import { StoppedError } from "../short-locks";
import type { ListedIndex } from "./index-list";
import { leavesOf } from "./leaves";

/** Longest pause after one partition's index, so that writers on a small machine get their turn. */
const LONGEST_PAUSE_MS = 500;

async function exists(session: Session, name: TableName): Promise<boolean> {
  const [row] = await rowsOf<{ exists: boolean }>(session, "select to_regclass($1) is not null as exists", [
    qualified(name),
  ]);
  return row?.exists ?? false;
}

async function attached(session: Session, name: TableName): Promise<boolean> {
  const [row] = await rowsOf<{ attached: boolean }>(
    session,
    "select exists (select from pg_inherits where inhrelid = to_regclass($1)) as attached",
    [qualified(name)],
  );
  return row?.attached ?? false;
}

/** Whether another index of the successor means the same: the planner needs no two of them. */
async function hasTwin(session: Session, shadow: TableName, name: TableName): Promise<boolean> {
  const meaning = await indexMeaning(session, qualified(name));
  const others = await rowsOf<{ other: string }>(
    session,
    `select indexrelid::regclass::text as other from pg_index
     where indrelid = $1::regclass and indexrelid <> $2::regclass`,
    [qualified(shadow), qualified(name)],
  );
  for (const { other } of others) if ((await indexMeaning(session, other)) === meaning) return true;
  return false;
}

/** The parent's part, which is empty. @returns false when the manifest's index is not possible or not needed. */
async function ensureParent(session: Session, shadow: TableName, index: ListedIndex): Promise<boolean> {
  const name = { schema: shadow.schema, name: successorName(index.name) };
  if (await exists(session, name)) return true;
  try {
    return await inTransaction(session, async () => {
      await session.query(index.create({ name: name.name, on: qualified(shadow), only: true }));
      if (!index.wantedOnly || !(await hasTwin(session, shadow, name))) return true;
      await session.query(`drop index ${qualified(name)}`);
      return false;
    });
  } catch (error) {
    // Class 42: a column or an operator class that is not there yet. The index's own step of the plan says so.
    if (index.wantedOnly && errorCode(error).startsWith("42")) return false;
    throw error;
  }
}

async function buildOnLeaf(session: Session, shadow: TableName, leaf: TableName, index: ListedIndex): Promise<void> {
  const name = { schema: leaf.schema, name: leafIndexName(leaf.name, index.name) };
  if (index.constraint !== null) {
    if (!(await exists(session, name)))
      await session.query(`alter table ${qualified(leaf)} add constraint ${quote(name.name)} ${index.constraint}`);
    return;
  }
  if (await attached(session, name)) return;
  await inTransaction(session, async () => {
    if (!(await exists(session, name)))
      await session.query(index.create({ name: name.name, on: qualified(leaf), only: false }));
    await session.query(
      `alter index ${qualified({ schema: shadow.schema, name: successorName(index.name) })} attach partition ${qualified(name)}`,
    );
  });
}

/**
 * Builds the indexes on the successor, partition by partition: nobody else uses it, so a plain build, one transaction
 * each, is the fastest and leaves nothing half-made. A killed run goes on with the next partition.
 */
export async function buildIndexes(
  session: Session,
  shadow: TableName,
  indexes: ListedIndex[],
  context: Pick<PerformContext, "stopping" | "onProgress">,
): Promise<number> {
  const leaves = await leavesOf(session, shadow);
  let built = 0;
  await withSettings(session, { max_parallel_maintenance_workers: "0", synchronous_commit: "off" }, async () => {
    for (const [position, index] of indexes.entries()) {
      if (index.constraint === null && !(await ensureParent(session, shadow, index))) continue;
      for (const [at, leaf] of leaves.entries()) {
        const stop = context.stopping();
        if (stop !== null) throw new StoppedError(stop);
        const started = performance.now();
        await buildOnLeaf(session, shadow, leaf, index);
        context.onProgress({
          phase: `building ${index.name} (${position + 1} of ${indexes.length})`,
          done: at + 1,
          total: leaves.length,
          unit: "partitions",
        });
        await pause(Math.min(LONGEST_PAUSE_MS, (performance.now() - started) / 4));
      }
      const parent = { schema: shadow.schema, name: successorName(index.name) };
      // Adopts the partitions' own constraints.
      if (index.constraint !== null && !(await exists(session, parent)))
        await session.query(
          `alter table ${qualified(shadow)} add constraint ${quote(parent.name)} ${index.constraint}`,
        );
      built++;
    }
  });
  return built;
}

/** Renames for the cut-over: the table's indexes out of the way, the successor's into their names. */
export async function renameIndexStatements(
  session: Session,
  table: TableName,
  shadow: TableName,
  indexes: ListedIndex[],
): Promise<string[]> {
  const named = await rowsOf<{ name: string; relation: string }>(
    session,
    `select class.relname::text as name, case when indrelid = $1::regclass then 'table' else 'shadow' end as relation
     from pg_index join pg_class class on class.oid = indexrelid
     where indrelid in ($1::regclass, $2::regclass)`,
    [qualified(table), qualified(shadow)],
  );
  const has = (relation: string, name: string) =>
    named.some((each) => each.relation === relation && each.name === name);
  const rename = (from: string, to: string) =>
    `alter index ${qualified({ schema: table.schema, name: from })} rename to ${quote(to)}`;
  return indexes
    .filter(({ name }) => has("shadow", successorName(name)))
    .flatMap(({ name }) => [
      ...(has("table", name) ? [rename(name, outOfTheWay(name))] : []),
      rename(successorName(name), name),
    ]);
}
