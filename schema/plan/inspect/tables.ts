import { rowsOf, type Session } from "../../database/sql";
import type { TableFact } from "../facts";

type CatalogueTable = Omit<TableFact, "leaves" | "partitionBlockers"> & {
  leaves: { schema: string; name: string; options: string[] }[];
};

function settingsOf(options: string[]): Record<string, string> {
  return Object.fromEntries(
    options.map((option) => [option.slice(0, option.indexOf("=")), option.slice(option.indexOf("=") + 1)]),
  );
}

/** The named tables that exist, with the tables that hold their rows. `wanted` holds `schema.name`. */
export async function tableFacts(session: Session, wanted: string[]): Promise<Omit<TableFact, "partitionBlockers">[]> {
  const found = await rowsOf<CatalogueTable>(
    session,
    `select namespace.nspname::text as schema,
            class.relname::text as name,
            owner.rolname::text as owner,
            case when class.relispartition then 'partition'
                 when class.relkind = 'r' then 'plain'
                 when class.relkind = 'p' then 'partitioned'
                 else 'other' end as kind,
            class.reltuples::float8 as "estimatedRows",
            (select coalesce(sum(pg_total_relation_size(tree.relid)), 0)::float8
             from pg_partition_tree(class.oid) tree) + case when class.relkind = 'r' then pg_total_relation_size(class.oid) else 0 end as bytes,
            (select coalesce(jsonb_object_agg(attname, avg_width), '{}')
             from pg_stats stats
             where stats.schemaname = namespace.nspname and stats.tablename = class.relname
               and stats.inherited = (class.relkind = 'p')) as "columnBytes",
            (select string_agg(attribute.attname, ', ' order by key.position)
             from pg_partitioned_table partitioned
             cross join lateral unnest(partitioned.partattrs::int2[]) with ordinality as key (attnum, position)
             join pg_attribute attribute on attribute.attrelid = class.oid and attribute.attnum = key.attnum
             where partitioned.partrelid = class.oid) as "partitionKey",
            (select case partstrat when 'r' then 'range' when 'l' then 'list' else 'hash' end
             from pg_partitioned_table where partrelid = class.oid) as "partitionStrategy",
            (select coalesce(jsonb_agg(jsonb_build_object('schema', leaf_namespace.nspname, 'name', leaf.relname,
                                                          'options', coalesce(to_jsonb(leaf.reloptions), '[]'))
                                       order by leaf.relname), '[]')
             from pg_class leaf
             join pg_namespace leaf_namespace on leaf_namespace.oid = leaf.relnamespace
             where leaf.relkind = 'r'
               and (leaf.oid = class.oid
                    or leaf.oid in (select relid from pg_partition_tree(class.oid) where isleaf))) as leaves
     from pg_class class
     join pg_namespace namespace on namespace.oid = class.relnamespace
     join pg_roles owner on owner.oid = class.relowner
     where namespace.nspname || '.' || class.relname = any ($1::text[])
       and class.relkind in ('r', 'p', 'v', 'm', 'f')
     order by 1, 2`,
    [wanted],
  );
  return found.map((table) => ({
    ...table,
    leaves: table.leaves.map(({ options, ...leaf }) => ({ ...leaf, settings: settingsOf(options) })),
  }));
}
