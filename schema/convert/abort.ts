import { DEFAULT_BUDGETS } from "../apply/budgets";
import type { PerformContext } from "../apply/perform";
import { qualified, quote, rowsOf, type Session } from "../database/sql";
import { SchemaError } from "../errors";
import type { TableName } from "./attachments";
import { dropLog, dropPartitionForeignKeys, dropTable } from "./copy/cleanup";
import { CHANGE_TRIGGER, TRUNCATE_TRIGGER } from "./copy/change-log";
import { removeYields } from "./copy/yield";
import { shadowOf } from "./names";
import { underShortLocks } from "./short-locks";
import { isCutOver, milestoneSql, openConversion, type Conversion } from "./state";

async function stopLogging(
  session: Session,
  table: TableName,
  context: Pick<PerformContext, "budgets" | "stopping">,
): Promise<void> {
  const name = qualified(table);
  const [found] = await rowsOf<{ triggers: number }>(
    session,
    "select count(*)::int as triggers from pg_trigger where tgrelid = to_regclass($1) and tgname = any ($2)",
    [name, [CHANGE_TRIGGER, TRUNCATE_TRIGGER]],
  );
  if ((found?.triggers ?? 0) === 0) return;
  await underShortLocks(
    session,
    { purpose: `take the log trigger off ${name}`, relations: [name], against: "readers and writers", ...context },
    async () => {
      await session.query(`lock table ${name} in access exclusive mode`);
      await session.query(
        `drop trigger if exists ${quote(CHANGE_TRIGGER)} on ${name};
         drop trigger if exists ${quote(TRUNCATE_TRIGGER)} on ${name}`,
      );
    },
  );
}

async function abortCopy(
  session: Session,
  conversion: Conversion,
  context: Pick<PerformContext, "budgets" | "stopping">,
): Promise<void> {
  await stopLogging(session, conversion, context);
  await dropLog(session, conversion.sourceOid);
  // As long as the successor has foreign keys it must yield, and as long as it yields it must be there.
  await dropPartitionForeignKeys(session, shadowOf(conversion), context);
  await removeYields(session, conversion.sourceOid, context);
  await dropTable(session, shadowOf(conversion), context);
  const template = conversion.notes.template;
  if (typeof template === "object" && template !== null && "schema" in template && "name" in template)
    await session.query(
      `drop table if exists ${qualified({ schema: String(template.schema), name: String(template.name) })}`,
    );
  await session.query(milestoneSql(conversion.id, "aborted"));
}

/**
 * Takes an unfinished conversion back to the start: the table is as it was before. May be repeated after a kill at any
 * moment. @returns false when there is nothing to take back.
 * @throws SchemaError when the cut-over is done: then there is only the way forward.
 */
export async function abortConversion(
  session: Session,
  table: TableName,
  context: Pick<PerformContext, "budgets" | "stopping"> = { budgets: DEFAULT_BUDGETS, stopping: () => null },
): Promise<boolean> {
  const open = await openConversion(session, table);
  if (open === null) return false;
  if (isCutOver(open))
    throw new SchemaError({
      what: `The conversion of ${table.schema}.${table.name} is past its cut-over: there is no way back`,
      got: `phase ${open.phase}`,
      cure: "Run plinth schema apply: it removes the old table and ends the conversion.",
    });
  if (open.mover !== "copy")
    throw new SchemaError({
      what: `The conversion of ${table.schema}.${table.name} cannot be taken back by this version`,
      got: `mover ${open.mover}`,
      cure: "Use the version of the hook that began it.",
    });
  await abortCopy(session, open, context);
  return true;
}
