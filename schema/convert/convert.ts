import type { PerformContext } from "../apply/perform";
import { SchemaError } from "../errors";
import type { Session } from "../database/sql";
import type { WantedPartition, WantedTable } from "../manifest/manifest-schema";
import { copyTable } from "./copy/copy-table";
import { withSettings } from "./session-settings";
import { ensureConversionTable, isCutOver, openConversion, sameLayout } from "./state";

/**
 * Makes a live table partitioned while the application goes on, or goes on with a conversion that a killed run left.
 * history "split" copies the rows into partitions; "whole" makes the table itself the partition of the past.
 * @throws SchemaError when the unfinished conversion was begun for another wish, or when a part of it fails.
 */
export async function convertTable(
  session: Session,
  table: WantedTable,
  wish: WantedPartition,
  context: PerformContext,
): Promise<void> {
  await ensureConversionTable(session);
  const open = await openConversion(session, table);
  if (open !== null && !isCutOver(open) && !sameLayout(open.wish, wish))
    throw new SchemaError({
      what: `A conversion of ${table.schema}.${table.name} was begun for other partitions`,
      got: `by ${open.wish.column} every ${open.wish.interval}, history ${open.wish.history}`,
      cure: `Run plinth schema abort ${table.schema}.${table.name}, then apply again; or put the manifest back.`,
    });
  // A row that a policy hides from us would be lost silently; so it fails instead.
  await withSettings(session, { row_security: "off" }, async () => {
    if (open?.mover === "copy" || (open === null && wish.history === "split"))
      return copyTable(session, table, wish, open, context);
    throw new SchemaError({
      what: `${table.schema}.${table.name} asks for history: whole, which is not available yet`,
      got: "history: whole",
      cure: "Use history: split.",
    });
  });
}
