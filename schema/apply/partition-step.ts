import { SchemaError } from "../errors";
import { inTransaction, qualified, quote, rowsOf, type Session } from "../database/sql";
import { convertTable } from "../convert/convert";
import type { WantedPartition, WantedTable } from "../manifest/manifest-schema";
import { settingsSql } from "../plan/decide/settings";
import { upkeepSql } from "../plan/partman-upkeep-sql";
import { lockTimeoutSql } from "./budgets";
import { createParentSql, installedPartman, type Partman } from "./partman-calls";
import type { PerformContext } from "./perform";

interface Extent {
  first: string | null;
  /** Partitions needed ahead of now so that no row falls into the default partition. */
  ahead: number;
}

async function measureExtent(session: Session, table: WantedTable, wish: WantedPartition): Promise<Extent> {
  const column = quote(wish.column);
  const [extent] = await rowsOf<{ first: string | null; ahead: number }>(
    session,
    `select min(${column})::date::text as first,
            coalesce(ceil(extract(epoch from max(${column})::timestamp - now()::timestamp)
                          / extract(epoch from $1::interval))::int, 0) + 1 as ahead
     from ${qualified(table)}`,
    [wish.interval],
  );
  if (extent === undefined) throw new Error(`no extent of ${table.name}`);
  return extent;
}

async function requirePartman(session: Session): Promise<Partman> {
  const partman = await installedPartman(session);
  if (partman !== null) return partman;
  throw new SchemaError({
    what: "Partitions need the extension pg_partman",
    got: "not installed in this database",
    cure: "List pg_partman under extensions in the manifest.",
  });
}

async function applySettings(session: Session, table: WantedTable, partman: Partman): Promise<void> {
  if (Object.keys(table.settings).length === 0) return;
  const holders = await rowsOf<{ schema: string; name: string }>(
    session,
    `select namespace.nspname::text as schema, class.relname::text as name
     from pg_class class
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where class.oid in (select relid from pg_partition_tree($1::regclass) where isleaf)
        or namespace.nspname || '.' || class.relname =
           (select template_table from ${qualified({ schema: partman.schema, name: "part_config" })} where parent_table = $2)`,
    [qualified(table), `${table.schema}.${table.name}`],
  );
  for (const holder of holders) await session.query(settingsSql(holder, table.settings));
}

/** Hands a table that is already partitioned to pg_partman. */
async function register(session: Session, table: WantedTable, wish: WantedPartition): Promise<void> {
  const partman = await requirePartman(session);
  const parent = `${table.schema}.${table.name}`;
  const extent = await measureExtent(session, table, wish);
  await session.query(
    createParentSql(partman, { parent, wish, start: extent.first, premake: Math.max(wish.premake, extent.ahead) }),
  );
  await session.query(upkeepSql(partman.schema, parent, wish));
  await applySettings(session, table, partman);
}

export async function ensurePartitions(
  session: Session,
  table: WantedTable,
  mode: "convert" | "register",
  context: PerformContext,
): Promise<void> {
  const wish = table.partition;
  if (wish === undefined) throw new Error(`${table.name} is not to be partitioned`);
  if (mode === "convert") return convertTable(session, table, wish, context);
  await inTransaction(session, async () => {
    await session.query(lockTimeoutSql(context.budgets.shortLockSeconds, "local"));
    await register(session, table, wish);
  });
}
