import type { PerformContext } from "../../apply/perform";
import { qualified, rowsOf, type Session } from "../../database/sql";
import type { TableName } from "../attachments";
import { COPY_PACE, Pace } from "../pace";
import { StoppedError } from "../short-locks";
import { withSettings } from "../session-settings";
import { milestoneSql, readConversion } from "../state";
import { keyList, type Source } from "./source";

/**
 * One batch after the cursor, and the cursor moved behind it, in one statement: both or nothing. It reads a snapshot and
 * locks no row of the source; what changes in a row already copied is in the log.
 */
function batchSql(source: Source, shadow: TableName, conversion: string, limit: number, first: boolean): string {
  const columns = source.columns.join(", ");
  const parameters = source.key.map(({ type }, index) => `$${index + 1}::text::${type}`).join(", ");
  const after = first ? "" : `where (${keyList(source)}) > (${parameters})`;
  return `
    with batch as materialized (
      select ${source.columns.join(", ")} from ${source.name} ${after} order by ${keyList(source)} limit ${limit}),
    copied as (insert into ${qualified(shadow)} (${columns}) overriding system value select ${columns} from batch),
    last as (select array[${source.key.map(({ column }) => `${column}::text`).join(", ")}] as key
             from batch order by ${source.key.map(({ column }) => `${column} desc`).join(", ")} limit 1)
    update plinth.conversion
    set cursor = last.key, rows_copied = rows_copied + (select count(*) from batch), updated = clock_timestamp()
    from last where id = ${BigInt(conversion)}
    returning cursor, (select count(*) from batch)::float8 as rows`;
}

async function estimatedRows(session: Session, source: Source): Promise<number> {
  const [row] = await rowsOf<{ rows: number }>(
    session,
    "select greatest(reltuples, 0)::float8 as rows from pg_class where oid = $1::regclass",
    [source.name],
  );
  return row?.rows ?? 0;
}

/**
 * Copies all rows in the order of the key, from the cursor on, in small commits with pauses. @returns rows copied in all.
 */
export async function backfill(
  session: Session,
  source: Source,
  shadow: TableName,
  conversion: string,
  context: Pick<PerformContext, "stopping" | "onProgress">,
): Promise<number> {
  const total = await estimatedRows(session, source);
  const state = await readConversion(session, conversion);
  let cursor = state.cursor;
  let copied = Number(state.rowsCopied);
  const pace = new Pace(COPY_PACE);
  // Each commit carries its own cursor: one that a crash swallows is copied again, so there is nothing to wait for.
  const settings = {
    synchronous_commit: "off",
    enable_seqscan: "off",
    enable_bitmapscan: "off",
    enable_sort: "off",
    jit: "off",
    max_parallel_workers_per_gather: "0",
  };
  await withSettings(session, settings, async () => {
    for (let more = true; more;) {
      const stop = context.stopping();
      if (stop !== null) throw new StoppedError(stop);
      const from: string[] | null = cursor;
      await pace.batch(async (size) => {
        const [batch] = await rowsOf<{ cursor: string[]; rows: number }>(
          session,
          batchSql(source, shadow, conversion, size, from === null),
          from ?? [],
        );
        more = batch !== undefined;
        if (batch !== undefined) cursor = batch.cursor;
        copied += batch?.rows ?? 0;
        return batch?.rows ?? 0;
      });
      context.onProgress({ phase: "copying rows", done: copied, total: Math.max(total, copied), unit: "rows" });
    }
  });
  await session.query(milestoneSql(conversion, "copied"));
  return copied;
}
