import { qualified, quote, rowsOf, type Session } from "../database/sql";

interface TableName {
  schema: string;
  name: string;
}

/** What hangs on a table and must hang on its partitioned successor, as statements for afterwards. */
export interface Carried {
  keys: string[];
  afterwards: string[];
  columns: string[];
  identities: { column: string; sequence: string; lastValue: string; called: boolean }[];
  serials: { column: string; sequence: string }[];
}

async function texts(session: Session, sql: string, regclass: string): Promise<string[]> {
  return (await rowsOf<{ text: string }>(session, sql, [regclass])).map(({ text }) => text);
}

/** Reads it all while the table still has its name; the caller holds the table's lock. */
export async function readCarried(session: Session, table: TableName): Promise<Carried> {
  const name = qualified(table);
  const constraint = (types: string) =>
    texts(
      session,
      `select format('alter table %s add constraint %I %s', $1::text, conname, pg_get_constraintdef(oid)) as text
       from pg_constraint where conrelid = $1::text::regclass and contype in (${types}) order by contype desc, conname`,
      name,
    );
  const sequences = await rowsOf<{ column: string; sequence: string; identity: boolean }>(
    session,
    `select attname::text as column, pg_get_serial_sequence($1::text, attname) as sequence, attidentity <> '' as identity
     from pg_attribute
     where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and pg_get_serial_sequence($1::text, attname) is not null`,
    [name],
  );
  const identities: Carried["identities"] = [];
  for (const { column, sequence } of sequences.filter((each) => each.identity)) {
    const [state] = await rowsOf<{ lastValue: string; called: boolean }>(
      session,
      `select last_value::text as "lastValue", is_called as called from ${sequence}`,
    );
    if (state !== undefined) identities.push({ column, sequence, ...state });
  }
  return {
    keys: await constraint("'p', 'u'"),
    columns: await texts(
      session,
      `select quote_ident(attname) as text from pg_attribute
       where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
      name,
    ),
    identities,
    serials: sequences.filter((each) => !each.identity),
    afterwards: [
      ...(await constraint("'f'")),
      ...(await texts(
        session,
        `select pg_get_indexdef(indexrelid) as text from pg_index
         where indrelid = $1::text::regclass and indisvalid
           and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
         order by 1`,
        name,
      )),
      ...(await texts(
        session,
        "select pg_get_statisticsobjdef(oid) as text from pg_statistic_ext where stxrelid = $1::text::regclass order by 1",
        name,
      )),
      ...(await texts(
        session,
        `select format('grant %s on %s to %s', acl.privilege_type, $1::text, coalesce(quote_ident(grantee.rolname), 'public')) as text
         from pg_class
         cross join lateral aclexplode(relacl) acl
         left join pg_roles grantee on grantee.oid = acl.grantee
         where pg_class.oid = $1::text::regclass and acl.grantee <> relowner`,
        name,
      )),
      ...(await texts(
        session,
        `select format('comment on table %s is %L', $1::text, obj_description($1::text::regclass, 'pg_class')) as text
         where obj_description($1::text::regclass, 'pg_class') is not null`,
        name,
      )),
    ],
  };
}

/** Identity columns get their old sequence name and go on counting where they were. */
export async function restoreIdentities(session: Session, table: TableName, carried: Carried): Promise<void> {
  for (const { column, sequence, lastValue, called } of carried.identities) {
    const [row] = await rowsOf<{ sequence: string }>(session, "select pg_get_serial_sequence($1, $2) as sequence", [
      qualified(table),
      column,
    ]);
    if (row === undefined) throw new Error(`${table.name}.${column} lost its identity`);
    await session.query("select setval($1::text::regclass, $2::bigint, $3)", [row.sequence, lastValue, called]);
    const bare = sequence.slice(sequence.indexOf(".") + 1);
    if (row.sequence !== sequence)
      await session.query(`alter sequence ${row.sequence} rename to ${bare.startsWith('"') ? bare : quote(bare)}`);
  }
}
