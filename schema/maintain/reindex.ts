import { lockTimeoutSql, type Budgets } from "../apply/budgets";
import { dropConcurrently } from "../apply/found-index";
import { qualified, rowsOf, type Session } from "../database/sql";
import type { Manifest } from "../manifest/manifest-schema";

export interface BloatedIndex {
  schema: string;
  name: string;
  bytes: number;
  /** What it should need, by its rows and the average width of its keys. */
  expectedBytes: number;
}

/** One run rebuilds no more: the next comes within the hour. */
const MOST_AT_A_TIME = 3;
/** An index that was rebuilt and still looks bloated is misjudged, not bloated: it is left alone for a while. */
const NOT_AGAIN_DAYS = 7;

/**
 * B-tree indexes of the manifest's tables that waste more than the manifest allows. An estimate from pg_stats: a tuple
 * takes 12 bytes and its keys, aligned to 8, on pages nine tenths full; what deduplication saves is not counted, so an
 * index is never taken for bloated because of it.
 */
export async function bloatedIndexes(session: Session, manifest: Manifest): Promise<BloatedIndex[]> {
  const { wastedMiB, wastedPercent } = manifest.maintenance.reindex;
  return rowsOf<BloatedIndex & Record<string, unknown>>(
    session,
    `with leaf as (
       select distinct coalesce(tree.relid, class.oid) as oid
       from pg_class class
       join pg_namespace namespace on namespace.oid = class.relnamespace
       left join lateral pg_partition_tree(class.oid) tree on tree.isleaf
       where namespace.nspname || '.' || class.relname = any ($1::text[])),
     measured as (
       select namespace.nspname::text as schema, class.relname::text as name,
              pg_relation_size(i.indexrelid)::float8 as bytes,
              (greatest(class.reltuples, 0) * (12 + ceil(widths.bytes / 8.0) * 8) / 0.9)::float8 as expected
       from leaf
       join pg_index i on i.indrelid = leaf.oid
       join pg_class class on class.oid = i.indexrelid
       join pg_am on pg_am.oid = class.relam and amname = 'btree'
       join pg_class table_class on table_class.oid = i.indrelid
       join pg_namespace namespace on namespace.oid = table_class.relnamespace
       cross join lateral (
         select sum(coalesce(stats.avg_width, 16)) as bytes
         from unnest(i.indkey::int2[]) as key (attnum)
         left join pg_attribute attribute on attribute.attrelid = i.indrelid and attribute.attnum = key.attnum
         left join pg_stats stats on stats.schemaname = namespace.nspname and stats.tablename = table_class.relname
                                 and stats.attname = attribute.attname and not stats.inherited) widths
       where i.indisvalid and class.reltuples >= 0)
     select schema, name, bytes, expected as "expectedBytes"
     from measured
     where bytes - expected >= $2::float8 * 1048576 and bytes - expected >= bytes * $3::float8 / 100
       and not exists (select from plinth.ledger
                       where step = 'reindex ' || schema || '.' || name and result = 'done'
                         and started > now() - make_interval(days => $4))
     order by bytes - expected desc limit $5`,
    [
      manifest.tables.map((table) => `${table.schema}.${table.name}`),
      wastedMiB,
      wastedPercent,
      NOT_AGAIN_DAYS,
      MOST_AT_A_TIME,
    ],
  );
}

async function sizeOf(session: Session, index: { schema: string; name: string }): Promise<number> {
  const [row] = await rowsOf<{ bytes: number }>(session, "select pg_relation_size($1::regclass)::float8 as bytes", [
    qualified(index),
  ]);
  return row?.bytes ?? 0;
}

/**
 * Rebuilds one index while everybody goes on using it.
 * @returns its size before and after, for the ledger.
 */
export async function reindexOne(session: Session, index: BloatedIndex, budgets: Budgets): Promise<string> {
  await session.query(lockTimeoutSql(budgets.buildLockSeconds));
  try {
    await session.query(`reindex index concurrently ${qualified(index)}`);
  } catch (error) {
    // What it left is invalid and taxes every write; under its usual name it is surely ours.
    await dropConcurrently(session, { schema: index.schema, name: `${index.name}_ccnew` }).catch(() => undefined);
    throw error;
  }
  const mib = (bytes: number) => `${(bytes / 1048576).toFixed(1)} MiB`;
  return `${mib(index.bytes)} before, ${mib(await sizeOf(session, index))} now`;
}
