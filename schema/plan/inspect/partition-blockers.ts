import { rowsOf, type Session } from "../../database/sql";
import type { TableFact } from "../facts";

type Blocker = TableFact["partitionBlockers"][number];

/** Everything attached to a plain table that a conversion to partitions by `column` could not carry over. */
export async function partitionBlockers(session: Session, regclass: string, column: string): Promise<Blocker[]> {
  return rowsOf<Blocker>(
    session,
    `with target as (select $1::regclass::oid as oid),
     key as (select attnum, atttypid, attnotnull
             from pg_attribute, target
             where attrelid = target.oid and attname = $2 and not attisdropped)
     select 'key-column-missing' as kind, $2 as name, '' as detail
     from target where not exists (select from key)
     union all
     select 'key-column-type', $2, format_type(atttypid, null)
     from key where atttypid not in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
     union all
     select 'key-column-nulls', $2, '' from key where not attnotnull
     union all
     select 'inbound-foreign-key', conname, conrelid::regclass::text
     from pg_constraint, target where confrelid = target.oid and contype = 'f'
     union all
     select case when i.indisexclusion then 'exclusion-constraint' else 'unique-without-key' end,
            i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
     from pg_index i, target
     where i.indrelid = target.oid
       and (i.indisexclusion
            or i.indisunique and not exists (select from key where key.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])))
     union all
     select case when tgoldtable is not null or tgnewtable is not null then 'transition-trigger' else 'key-setting-trigger' end,
            tgname, pg_get_triggerdef(pg_trigger.oid)
     from pg_trigger join pg_proc on pg_proc.oid = tgfoid, target
     where tgrelid = target.oid and not tgisinternal and tgtype & 1 = 1
       and (tgoldtable is not null or tgnewtable is not null
            or tgtype & 2 = 2 and prosrc ~* ('new\\.("?)' || $2 || '\\1\\s*:?='))
     union all
     select 'rule', rulename, '' from pg_rewrite, target where ev_class = target.oid
     union all
     select 'forced-row-security', relname, '' from pg_class, target
     where pg_class.oid = target.oid and relforcerowsecurity
       and not (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)
     union all
     select 'replica-identity', relname, '' from pg_class, target where pg_class.oid = target.oid and relreplident = 'i'
     union all
     select distinct 'dependent-routine', pg_depend.objid::regprocedure::text, ''
     from target
     join pg_depend on refclassid = 'pg_class'::regclass and refobjid = target.oid and classid = 'pg_proc'::regclass
     union all
     select distinct 'dependent-view', view.oid::regclass::text, ''
     from target
     join pg_depend on refclassid = 'pg_class'::regclass and refobjid = target.oid and classid = 'pg_rewrite'::regclass
     join pg_rewrite on pg_rewrite.oid = pg_depend.objid
     join pg_class view on view.oid = pg_rewrite.ev_class and view.oid <> target.oid
     where view.relkind <> 'v' or not pg_has_role(view.relowner, 'usage')
     union all
     select 'inheritance', (case inhparent when target.oid then inhrelid else inhparent end)::regclass::text, ''
     from pg_inherits, target where inhparent = target.oid or inhrelid = target.oid
     union all
     select 'publication', pubname, ''
     from pg_publication_rel, pg_publication, target where prrelid = target.oid and pg_publication.oid = prpubid
     order by 1, 2`,
    [regclass, column],
  );
}
