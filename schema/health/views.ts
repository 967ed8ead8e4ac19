import { inTransaction, qualified, rowsOf, type Session } from "../database/sql";
import { installedPartman } from "../apply/partman-calls";

/**
 * One row a partitioned table that pg_partman keeps. `default_bytes` above 0 tells that the default partition held rows
 * once; whether it does now is asked by `readHealth`. Readable by pg_monitor, so that an exporter can watch it.
 */
export function partitionHealthSql(partmanSchema: string): string {
  return `create or replace view plinth.partition_health as
    select config.parent_table as parent,
           config.control,
           config.partition_interval as interval,
           config.premake as premake_wanted,
           (select count(*)::int
            from pg_inherits
            join pg_class child on child.oid = pg_inherits.inhrelid
            where pg_inherits.inhparent = parent.oid
              and substring(pg_get_expr(child.relpartbound, child.oid) from 'FROM \\(''([^'']+)''\\)')::timestamptz > now()) as premade,
           fallback.oid::regclass::text as default_partition,
           coalesce(pg_relation_size(fallback.oid), 0) as default_bytes,
           (select max(ledger.started) from plinth.ledger
            where ledger.step = 'partitions of ' || config.parent_table and ledger.action = 'maintain'
              and ledger.result = 'done') as last_maintained
    from ${qualified({ schema: partmanSchema, name: "part_config" })} config
    join pg_class parent on parent.oid = to_regclass(config.parent_table)
    join pg_partitioned_table partitioned on partitioned.partrelid = parent.oid
    left join pg_class fallback on fallback.oid = partitioned.partdefid`;
}

/**
 * Indexes that cost more than they give, each with its class:
 * duplicate: another index of the table is the same but for its name; covered: a B-tree whose keys lead another one;
 * unused: no scan in at least 7 days of statistics and at least 10 MB. Never one that backs a constraint, is unique, or is
 * the only one that leads with the columns of a foreign key. Replicas count their own scans: ask them before dropping.
 */
export const indexReportSql = `create or replace view plinth.index_report as
  with candidate as (
    select i.*, class.relname, namespace.nspname, table_class.relname as table_name,
           (select coalesce(sum(pg_relation_size(tree.relid)), 0) from pg_partition_tree(i.indexrelid) tree)
             + case when class.relkind = 'i' then pg_relation_size(i.indexrelid) else 0 end as bytes,
           (select coalesce(sum(stat.idx_scan), 0) from pg_stat_user_indexes stat
            where stat.indexrelid = i.indexrelid
               or stat.indexrelid in (select relid from pg_partition_tree(i.indexrelid))) as scans,
           regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX \\S+ ', '') as meaning
    from pg_index i
    join pg_class class on class.oid = i.indexrelid
    join pg_class table_class on table_class.oid = i.indrelid
    join pg_namespace namespace on namespace.oid = class.relnamespace
    where i.indisvalid and not class.relispartition
      and namespace.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'plinth')
      and not i.indisunique
      and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))),
  statistics_age as (
    select coalesce(now() - stats_reset, now() - pg_postmaster_start_time()) as age
    from pg_stat_database where datname = current_database()),
  judged as (
    select candidate.*,
           (select other_class.relname
            from pg_index other join pg_class other_class on other_class.oid = other.indexrelid
            where other.indrelid = candidate.indrelid and other.indexrelid <> candidate.indexrelid and other.indisvalid
              and regexp_replace(pg_get_indexdef(other.indexrelid), '^CREATE (UNIQUE )?INDEX \\S+ ', '') = candidate.meaning
              and (other.indisunique or other.indexrelid < candidate.indexrelid)
            order by 1 limit 1) as duplicate_of,
           (select other_class.relname
            from pg_index other join pg_class other_class on other_class.oid = other.indexrelid
            where other.indrelid = candidate.indrelid and other.indexrelid <> candidate.indexrelid and other.indisvalid
              and other_class.relam = (select oid from pg_am where amname = 'btree')
              and (select relam from pg_class where oid = candidate.indexrelid) = other_class.relam
              and candidate.indexprs is null and other.indexprs is null
              and pg_get_expr(candidate.indpred, candidate.indrelid) is not distinct from pg_get_expr(other.indpred, other.indrelid)
              and candidate.indnatts = candidate.indnkeyatts
              and other.indnkeyatts > candidate.indnkeyatts
              and (other.indkey::int2[])[0:candidate.indnkeyatts - 1] = (candidate.indkey::int2[])[0:candidate.indnkeyatts - 1]
              and (other.indclass::oid[])[0:candidate.indnkeyatts - 1] = (candidate.indclass::oid[])[0:candidate.indnkeyatts - 1]
              and (other.indcollation::oid[])[0:candidate.indnkeyatts - 1] = (candidate.indcollation::oid[])[0:candidate.indnkeyatts - 1]
              and (other.indoption::int2[])[0:candidate.indnkeyatts - 1] = (candidate.indoption::int2[])[0:candidate.indnkeyatts - 1]
            order by 1 limit 1) as covered_by,
           exists (select from pg_constraint fk
                   where fk.conrelid = candidate.indrelid and fk.contype = 'f'
                     and (candidate.indkey::int2[])[0:cardinality(fk.conkey) - 1] @> fk.conkey
                     and not exists (select from pg_index other
                                     where other.indrelid = candidate.indrelid and other.indexrelid <> candidate.indexrelid
                                       and other.indisvalid and other.indpred is null
                                       and (other.indkey::int2[])[0:cardinality(fk.conkey) - 1] @> fk.conkey)) as only_foreign_key_cover
    from candidate)
  select nspname::text as schema, table_name::text as "table", relname::text as index,
         case when duplicate_of is not null then 'duplicate' when covered_by is not null then 'covered' else 'unused' end as class,
         coalesce(duplicate_of, covered_by)::text as instead, bytes::bigint as bytes, scans::bigint as scans
  from judged, statistics_age
  where duplicate_of is not null or covered_by is not null
     or (scans = 0 and bytes >= 10000000 and age >= interval '7 days' and not only_foreign_key_cover)`;

/** Makes the views what this version says, all or none. The partition view waits until pg_partman is there. */
export async function ensureHealthViews(session: Session): Promise<void> {
  const partman = await installedPartman(session);
  await inTransaction(session, async () => {
    await session.query(indexReportSql);
    await session.query("grant select on plinth.index_report to pg_monitor");
    if (partman === null) return;
    await session.query(partitionHealthSql(partman.schema));
    await session.query("grant select on plinth.partition_health to pg_monitor");
  });
}

/** A run that died between its last step and the views left a ledger without them: the next may have nothing else to do. */
export async function completeHealthViews(session: Session): Promise<void> {
  const [found] = await rowsOf<{ missing: boolean }>(
    session,
    "select to_regclass('plinth.ledger') is not null and to_regclass('plinth.index_report') is null as missing",
  );
  if (found?.missing) await ensureHealthViews(session);
}
