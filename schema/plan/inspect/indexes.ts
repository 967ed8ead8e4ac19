import { rowsOf, type Session } from "../../database/sql";
import type { IndexFact } from "../facts";

/**
 * SQL for what an index means, whatever it and its table are called: method, uniqueness, every key with operator class,
 * collation, order and options, included columns, storage parameters and predicate. `i` is a row of pg_index.
 */
const MEANING = `
  (select concat_ws(' ',
     case when i.indisunique then 'unique' end,
     case when i.indnullsnotdistinct then 'nulls not distinct' end,
     case when i.indisexclusion then 'exclusion' end,
     method.amname,
     '(' || (select string_agg(concat_ws(' ',
                 pg_get_indexdef(i.indexrelid, k, true),
                 opclass.opcname,
                 case when i.indcollation[k - 1] <> 0 then 'collate ' || collation_name.collname end,
                 case when i.indoption[k - 1] & 1 = 1 then 'desc' end,
                 case when i.indoption[k - 1] & 2 = 2 then 'nulls first' end,
                 (select attoptions::text from pg_attribute where attrelid = i.indexrelid and attnum = k)), ', ' order by k)
             from generate_series(1, i.indnkeyatts) as k
             join pg_opclass opclass on opclass.oid = i.indclass[k - 1]
             left join pg_collation collation_name on collation_name.oid = i.indcollation[k - 1]) || ')',
     'include (' || (select string_agg(pg_get_indexdef(i.indexrelid, k, true), ', ' order by k)
                     from generate_series(i.indnkeyatts + 1, i.indnatts) as k) || ')',
     'with (' || (select string_agg(option, ', ' order by option) from unnest(index_class.reloptions) as option) || ')',
     'where ' || pg_get_expr(i.indpred, i.indrelid, true))
   from pg_class index_class
   join pg_am method on method.oid = index_class.relam
   where index_class.oid = i.indexrelid)`;

/** Every index of the tables (`schema.name`) and of their partitions, valid or not. */
export async function indexFacts(session: Session, tables: string[]): Promise<IndexFact[]> {
  return rowsOf<IndexFact>(
    session,
    `select namespace.nspname::text as schema,
            class.relname::text as name,
            table_class.relname::text as table,
            ${MEANING} as meaning,
            i.indisvalid and i.indisready as valid,
            exists (select from pg_stat_progress_create_index where index_relid = i.indexrelid) as building,
            exists (select from pg_constraint
                    where conindid = i.indexrelid and contype in ('p', 'u', 'x')) as constraint
     from pg_index i
     join pg_class class on class.oid = i.indexrelid
     join pg_class table_class on table_class.oid = i.indrelid
     join pg_namespace namespace on namespace.oid = table_class.relnamespace
     where namespace.nspname || '.' || table_class.relname = any ($1::text[])
        or table_class.oid in (select tree.relid
                               from pg_class root
                               join pg_namespace root_namespace on root_namespace.oid = root.relnamespace
                               cross join lateral pg_partition_tree(root.oid) tree
                               where root.relkind = 'p'
                                 and root_namespace.nspname || '.' || root.relname = any ($1::text[]))
     order by 1, 3, 2`,
    [tables],
  );
}

/** The meaning of one index by its qualified, quoted name. */
export async function indexMeaning(session: Session, regclass: string): Promise<string> {
  const [row] = await rowsOf<{ meaning: string }>(
    session,
    `select ${MEANING} as meaning from pg_index i where i.indexrelid = $1::regclass`,
    [regclass],
  );
  if (row === undefined) throw new Error(`no index ${regclass}`);
  return row.meaning;
}
