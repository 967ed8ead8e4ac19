import type { PerformContext } from "../../apply/perform";
import { lockTimeoutSql } from "../../apply/budgets";
import { inTransaction, qualified, type Session } from "../../database/sql";
import type { WantedPartition, WantedTable } from "../../manifest/manifest-schema";
import type { TableName } from "../attachments";
import { oldOf, shadowOf } from "../names";
import { withSettings } from "../session-settings";
import { isCutOver, milestoneSql, readConversion, type Conversion, type ConversionPhase } from "../state";
import { backfill } from "./backfill";
import { beforehandStatements } from "./carry-over";
import { catchUp } from "./catch-up";
import { startLogging } from "./change-log";
import { dropForeignKeys, dropLog, dropTable } from "./cleanup";
import { cutOver } from "./cut-over";
import { addForeignKeys, requireValidForeignKeys } from "./foreign-keys";
import { listIndexes } from "./index-list";
import { buildIndexes } from "./indexes";
import { prove } from "./proof";
import { leavesOf } from "./leaves";
import { createShadow } from "./shadow";
import { readSource, requireSameShape } from "./source";
import { removeYields } from "./yield";

const ORDER: ConversionPhase[] = [
  "shadow",
  "logging",
  "copied",
  "indexed",
  "analyzed",
  "proven",
  "constrained",
  "cut-over",
  "done",
];

function reached(conversion: Conversion, phase: ConversionPhase): boolean {
  return ORDER.indexOf(conversion.phase) >= ORDER.indexOf(phase);
}

/** Fresh statistics and visibility, so that plans are as good as before from the first query on. */
async function analyze(session: Session, shadow: TableName): Promise<number> {
  const leaves = await leavesOf(session, shadow);
  await withSettings(session, { vacuum_cost_delay: "1ms", max_parallel_maintenance_workers: "0" }, async () => {
    for (const leaf of leaves) await session.query(`vacuum ${qualified(leaf)}`);
    await session.query(`analyze ${qualified(shadow)}`);
  });
  return leaves.length;
}

async function buildShadow(
  session: Session,
  table: WantedTable,
  wish: WantedPartition,
  open: Conversion | null,
  context: PerformContext,
): Promise<string> {
  const source = await readSource(session, table);
  const shadow = shadowOf(table);
  await (open === null ? requireValidForeignKeys(session, table) : requireSameShape(session, table, shadow));
  const id =
    open?.id ??
    (await context.substep("successor with its partitions", () =>
      createShadow(session, table, wish, source, context.budgets),
    ));
  const state = await readConversion(session, id);
  if (!reached(state, "logging"))
    await context.substep("log of changes", () => startLogging(session, source, id, context));
  if (!reached(state, "copied"))
    await context.substep(
      "copy of the rows",
      () => backfill(session, source, shadow, id, context),
      (rows) => `${rows} rows`,
    );
  if (!reached(state, "indexed"))
    await context.substep(
      "indexes",
      async () => {
        const indexes = await listIndexes(session, table);
        const key = indexes.filter((index) => index.name === source.keyIndex);
        await buildIndexes(session, shadow, key, context);
        // With all changes up to one moment the rows agree with each other, so that other unique indexes can be built.
        await catchUp(session, source, shadow, id, context);
        const built = await buildIndexes(session, shadow, indexes, context);
        await session.query(milestoneSql(id, "indexed"));
        return built;
      },
      (built) => `${built} indexes`,
    );
  if (!reached(state, "analyzed"))
    await context.substep(
      "changes since, statistics",
      async () => {
        const changes = await catchUp(session, source, shadow, id, context);
        await inTransaction(session, async () => {
          await session.query(lockTimeoutSql(context.budgets.shortLockSeconds, "local"));
          for (const statement of await beforehandStatements(session, table, shadow)) await session.query(statement);
        });
        await analyze(session, shadow);
        await session.query(milestoneSql(id, "analyzed"));
        return changes;
      },
      (changes) => `${changes} changes`,
    );
  if (!reached(state, "proven"))
    await context.substep(
      "proof",
      async () => {
        await catchUp(session, source, shadow, id, context);
        return prove(session, source, shadow, id, wish.column);
      },
      (proofs) =>
        `${proofs.reduce((sum, { rows }) => sum + BigInt(rows), 0n)} rows in ${proofs.length} partitions: counts and checksums equal; ` +
        proofs
          .filter(({ rows }) => rows !== "0")
          .map(({ partition, rows, checksum }) => `${partition} ${rows} ${checksum}`)
          .join(", "),
    );
  if (!reached(state, "constrained"))
    await context.substep(
      "foreign keys",
      async () => {
        const count = await addForeignKeys(session, table, source, shadow, id, context);
        await session.query(milestoneSql(id, "constrained"));
        return count;
      },
      (count) => `${count} validated`,
    );
  await context.substep(
    "cut-over",
    async () => cutOver(session, table, source, shadow, await readConversion(session, id), context),
    (ms) => `${ms.toFixed(1)} ms under lock`,
  );
  return id;
}

/**
 * A live table becomes partitioned by a copy beside it: see state.ts for its milestones. Every part may be repeated, and
 * what a killed run reached is kept. The application's rows are read, never locked; its writers wait for moments only.
 */
export async function copyTable(
  session: Session,
  table: WantedTable,
  wish: WantedPartition,
  open: Conversion | null,
  context: PerformContext,
): Promise<void> {
  const id = open !== null && isCutOver(open) ? open.id : await buildShadow(session, table, wish, open, context);
  const old = oldOf(table);
  await context.substep("removal of the old table", async () => {
    const { sourceOid } = await readConversion(session, id);
    await dropForeignKeys(session, old, context);
    await removeYields(session, sourceOid, context);
    await dropTable(session, old, context);
    await dropLog(session, sourceOid);
    await session.query(milestoneSql(id, "done"));
  });
}
