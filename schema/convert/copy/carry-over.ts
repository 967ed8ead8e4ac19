import { qualified, quote, rowsOf, type Session } from "../../database/sql";
import type { TableName } from "../attachments";
import { oldOf, outOfTheWay } from "../names";
import { columnStatements, handOverStatements } from "./attached-objects";

async function texts(session: Session, sql: string, values: unknown[]): Promise<string[]> {
  return (await rowsOf<{ text: string }>(session, sql, values)).map(({ text }) => text);
}

/** What the successor can have before it takes over, and nobody sees: privileges, owner, comment, planner's targets. */
export async function beforehandStatements(session: Session, table: TableName, shadow: TableName): Promise<string[]> {
  const names = [qualified(table), qualified(shadow)];
  return [
    ...(await texts(
      session,
      `select format('grant %s on %s to %s', acl.privilege_type, $2::text, coalesce(quote_ident(grantee.rolname), 'public')) as text
       from pg_class
       cross join lateral aclexplode(relacl) acl
       left join pg_roles grantee on grantee.oid = acl.grantee
       where pg_class.oid = $1::text::regclass and acl.grantee <> relowner`,
      names,
    )),
    ...(await texts(
      session,
      `select format('comment on table %s is %L', $2::text, obj_description($1::text::regclass, 'pg_class')) as text
       where obj_description($1::text::regclass, 'pg_class') is not null`,
      names,
    )),
    ...(await columnStatements(session, table, shadow)),
  ];
}

/** Statements for after the renames; read while the table still has its name. */
export async function takeOverStatements(session: Session, table: TableName, shadow: TableName): Promise<string[]> {
  const name = qualified(table);
  const sequences = await rowsOf<{
    column: string;
    identity: boolean;
    schema: string;
    name: string;
    next: string | null;
  }>(
    session,
    `select attname::text as column, attidentity <> '' as identity, namespace.nspname::text as schema,
            class.relname::text as name, pg_get_serial_sequence($2::text, attname) as next
     from pg_attribute
     join pg_class class on class.oid = pg_get_serial_sequence($1::text, attname)::regclass
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where attrelid = $1::text::regclass and attnum > 0 and not attisdropped`,
    [name, qualified(shadow)],
  );
  return [
    ...sequences.flatMap(({ column, identity, next, ...sequence }) => {
      if (!identity) return [`alter sequence ${qualified(sequence)} owned by ${name}.${quote(column)}`];
      const old = { schema: sequence.schema, name: outOfTheWay(sequence.name) };
      return [
        // First the rename: it locks the sequence, so that no number is drawn from it behind our back.
        `alter sequence ${qualified(sequence)} rename to ${quote(old.name)}`,
        `alter sequence ${next} rename to ${quote(sequence.name)}`,
        `select setval('${qualified(sequence).replaceAll("'", "''")}', last_value, is_called) from ${qualified(old)}`,
      ];
    }),
    ...(await texts(
      session,
      `select format('alter statistics %I.%I rename to %I; %s', namespace.nspname, stxname, left(stxname || '_plinth_old', 63),
                     pg_get_statisticsobjdef(pg_statistic_ext.oid)) as text
       from pg_statistic_ext join pg_namespace namespace on namespace.oid = stxnamespace
       where stxrelid = $1::text::regclass order by 1`,
      [name],
    )),
    ...(await texts(
      session,
      `select format('alter statistics %I.%I set statistics %s', namespace.nspname, stxname, stxstattarget) as text
       from pg_statistic_ext join pg_namespace namespace on namespace.oid = stxnamespace
       where stxrelid = $1::text::regclass and stxstattarget >= 0 order by 1`,
      [name],
    )),
    ...(await handOverStatements(session, table, oldOf(table))),
  ];
}
