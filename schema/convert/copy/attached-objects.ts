import { qualified, quote, rowsOf, type Session } from "../../database/sql";
import type { TableName } from "../attachments";

async function texts(session: Session, sql: string, values: unknown[]): Promise<string[]> {
  return (await rowsOf<{ text: string }>(session, sql, values)).map(({ text }) => text);
}

/** What hangs on the table's columns and rows and works on a successor that nobody uses yet. */
export async function columnStatements(session: Session, table: TableName, shadow: TableName): Promise<string[]> {
  const names = [qualified(table), qualified(shadow)];
  return [
    ...(await texts(
      session,
      `select format('grant %s (%I) on %s to %s%s', acl.privilege_type, attname, $2::text,
                     coalesce(quote_ident(grantee.rolname), 'public'), case when acl.is_grantable then ' with grant option' else '' end) as text
       from pg_attribute
       cross join lateral aclexplode(attacl) acl
       left join pg_roles grantee on grantee.oid = acl.grantee
       where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
       order by attnum, 1`,
      names,
    )),
    // It goes down to the partitions by itself; the options below do not.
    ...(await texts(
      session,
      `select format('alter table %s alter column %I set statistics %s', $2::text, attname, attstattarget) as text
       from pg_attribute
       where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attstattarget >= 0
       order by attnum`,
      names,
    )),
    ...(await texts(
      session,
      `select format('alter table %s alter column %I set (%s)', holder.relid, attname, array_to_string(attoptions, ', ')) as text
       from pg_attribute cross join pg_partition_tree($2::text::regclass) holder
       where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attoptions is not null
       order by attnum, 1`,
      names,
    )),
    ...(await texts(
      session,
      `select format('alter table %s replica identity %s', holder.relid, case relreplident when 'f' then 'full' else 'nothing' end) as text
       from pg_class cross join pg_partition_tree($2::text::regclass) holder
       where pg_class.oid = $1::text::regclass and relreplident in ('f', 'n')
       order by 1`,
      names,
    )),
    ...(await texts(
      session,
      `select format('alter table %s owner to %I', holder.relid, owner.rolname) as text
       from pg_class
       join pg_roles owner on owner.oid = relowner
       cross join pg_partition_tree($2::text::regclass) holder
       where pg_class.oid = $1::text::regclass and owner.rolname <> current_user
       order by holder.level, 1`,
      names,
    )),
  ];
}

/** Triggers: off the old table, where nobody is to fire them any more, and on the new one, as enabled as they were. */
async function triggerStatements(session: Session, table: TableName, old: TableName): Promise<string[]> {
  const triggers = await rowsOf<{ name: string; definition: string; enabled: string }>(
    session,
    `select tgname::text as name, pg_get_triggerdef(oid) as definition, tgenabled::text as enabled
     from pg_trigger
     where tgrelid = $1::regclass and not tgisinternal and tgname not like 'plinth\\_%'
     order by tgname`,
    [qualified(table)],
  );
  const states: Record<string, string> = { D: "disable", R: "enable replica", A: "enable always" };
  return triggers.flatMap(({ name, definition, enabled }) => [
    `drop trigger ${quote(name)} on ${qualified(old)}`,
    definition,
    ...(states[enabled] === undefined
      ? []
      : [`alter table ${qualified(table)} ${states[enabled]} trigger ${quote(name)}`]),
  ]);
}

/** Row security: policies may look at the table itself, so they are made when its name means the successor. */
async function policyStatements(session: Session, table: TableName): Promise<string[]> {
  const name = qualified(table);
  return [
    ...(await texts(
      session,
      `select format('create policy %I on %s as %s for %s to %s%s%s', polname, $1::text,
                     case when polpermissive then 'permissive' else 'restrictive' end,
                     case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
                     (select string_agg(case when role = 0 then 'public' else quote_ident(pg_get_userbyid(role)) end, ', ') from unnest(polroles) role),
                     ' using (' || pg_get_expr(polqual, polrelid) || ')',
                     ' with check (' || pg_get_expr(polwithcheck, polrelid) || ')') as text
       from pg_policy where polrelid = $1::text::regclass order by polname`,
      [name],
    )),
    ...(await texts(
      session,
      `select format('alter table %s %s row level security', $1::text, what) as text
       from pg_class cross join lateral (values ('enable', relrowsecurity), ('force', relforcerowsecurity)) as switch (what, is_on)
       where oid = $1::text::regclass and is_on`,
      [name],
    )),
  ];
}

/** Views stand on the table's number, not on its name: said again, they mean the new one. What stands on them need not know. */
async function viewStatements(session: Session, table: TableName): Promise<string[]> {
  return texts(
    session,
    `select format('create or replace view %s%s as %s', view.oid::regclass,
                   ' with (' || array_to_string(view.reloptions, ', ') || ')',
                   rtrim(pg_get_viewdef(view.oid), '; ')) as text
     from (select distinct pg_rewrite.ev_class
           from pg_depend
           join pg_rewrite on pg_rewrite.oid = pg_depend.objid and pg_depend.classid = 'pg_rewrite'::regclass
           where refclassid = 'pg_class'::regclass and refobjid = $1::text::regclass) dependent
     join pg_class view on view.oid = dependent.ev_class and view.relkind = 'v'
     order by view.oid`,
    [qualified(table)],
  );
}

/**
 * What changes hands in the moment of the cut-over, after the renames; read while the table still has its name. The
 * definitions name the table, and by then its name means the successor.
 */
export async function handOverStatements(session: Session, table: TableName, old: TableName): Promise<string[]> {
  return [
    ...(await triggerStatements(session, table, old)),
    ...(await policyStatements(session, table)),
    ...(await viewStatements(session, table)),
  ];
}
