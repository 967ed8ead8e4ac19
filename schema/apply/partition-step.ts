import { SchemaError } from "../errors";
import { inTransaction, qualified, quote, rowsOf, type Session } from "../database/sql";
import type { WantedPartition, WantedTable } from "../manifest/manifest-schema";
import { settingsSql } from "../plan/decide/settings";
import { upkeepSql } from "../plan/partman-upkeep-sql";
import { lockTimeoutSql, type Budgets } from "./budgets";
import { readCarried, restoreIdentities } from "./partition-carry";
import { createParentSql, installedPartman, type Partman } from "./partman-calls";

interface Extent {
  rows: string;
  first: string | null;
  /** Partitions needed ahead of now so that no row falls into the default partition. */
  ahead: number;
}

async function measureExtent(session: Session, table: WantedTable, wish: WantedPartition): Promise<Extent> {
  const column = quote(wish.column);
  const [extent] = await rowsOf<{ rows: string; first: string | null; ahead: number }>(
    session,
    `select count(*)::text as rows,
            min(${column})::date::text as first,
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

/**
 * The table becomes partitioned in one transaction: all of it or nothing. Readers and writers wait meanwhile, for a time
 * that grows with the table (about 10 s for a million rows on 2 cores).
 */
async function convert(session: Session, table: WantedTable, wish: WantedPartition): Promise<void> {
  const name = qualified(table);
  const old = qualified({ schema: table.schema, name: `${table.name}_plinth_old`.slice(-63) });
  await session.query(`lock table ${name} in access exclusive mode`);
  const carried = await readCarried(session, table);
  const columns = carried.columns.join(", ");
  const before = await rowsOf<{ rows: string }>(session, `select count(*)::text as rows from ${name}`);

  const extent = await measureExtent(session, table, wish);
  await session.query(`alter table ${name} rename to ${quote(`${table.name}_plinth_old`.slice(-63))}`);
  await session.query(
    `create table ${name} (like ${old} including defaults including constraints including generated including identity
       including comments including storage including compression) partition by range (${quote(wish.column)})`,
  );
  const partman = await requirePartman(session);
  const parent = `${table.schema}.${table.name}`;
  await session.query(
    createParentSql(partman, { parent, wish, start: extent.first, premake: Math.max(wish.premake, extent.ahead) }),
  );
  await session.query(upkeepSql(partman.schema, parent, wish));
  await applySettings(session, table, partman);

  await session.query(`insert into ${name} (${columns}) overriding system value select ${columns} from ${old}`);
  const after = await rowsOf<{ rows: string }>(session, `select count(*)::text as rows from ${name}`);
  if (before[0]?.rows !== after[0]?.rows)
    throw new SchemaError({
      what: `${parent} has ${before[0]?.rows} rows, but its partitions received ${after[0]?.rows}`,
      got: "different counts; the transaction was taken back",
      cure: "Nothing has changed. Look for rules or triggers that drop rows, then run the hook again.",
    });

  for (const { column, sequence } of carried.serials)
    await session.query(`alter sequence ${sequence} owned by ${name}.${quote(column)}`);
  await session.query(`drop table ${old}`);
  await restoreIdentities(session, table, carried);
  for (const statement of [...carried.keys, ...carried.afterwards]) await session.query(statement);
}

export async function ensurePartitions(
  session: Session,
  table: WantedTable,
  mode: "convert" | "register",
  budgets: Budgets,
): Promise<void> {
  const wish = table.partition;
  if (wish === undefined) throw new Error(`${table.name} is not to be partitioned`);
  await inTransaction(session, async () => {
    await session.query(lockTimeoutSql(budgets.shortLockSeconds, "local"));
    await (mode === "convert" ? convert(session, table, wish) : register(session, table, wish));
  });
}
