import { SchemaError } from "../../errors";
import { qualified, rowsOf, type Session } from "../../database/sql";
import type { TableName } from "../attachments";

export interface KeyColumn {
  /** Quoted. */
  column: string;
  type: string;
}

/** What the mover must know of a table's rows. All names quoted. */
export interface Source {
  oid: number;
  /** Qualified. */
  name: string;
  /** Columns that a copy names: not generated. */
  columns: string[];
  /** All columns in order, for a row's checksum. */
  allColumns: string[];
  /** Columns of the key by which rows are found again, in index order. */
  key: KeyColumn[];
  /** The index behind the key, not quoted. */
  keyIndex: string;
}

async function keyOf(session: Session, name: string): Promise<(KeyColumn & { index: string })[]> {
  return rowsOf<KeyColumn & { index: string } & Record<string, string>>(
    session,
    `with best as (
       select indexrelid, indrelid, (indkey::int2[])[0:indnkeyatts - 1] as attnums
       from pg_index
       where indrelid = $1::regclass and indisunique and indisvalid and indisready and indimmediate
         and indpred is null and indexprs is null
         and not exists (select from unnest((indkey::int2[])[0:indnkeyatts - 1]) as key (attnum)
                         join pg_attribute on attrelid = indrelid and pg_attribute.attnum = key.attnum
                         where not attnotnull)
       order by indisprimary desc, indnkeyatts, indexrelid
       limit 1)
     select quote_ident(attname) as column, format_type(atttypid, atttypmod) as type,
            (select relname::text from pg_class where oid = indexrelid) as index
     from best
     cross join lateral unnest(attnums) with ordinality as key (attnum, position)
     join pg_attribute on attrelid = indrelid and pg_attribute.attnum = key.attnum
     order by position`,
    [name],
  );
}

/** @throws SchemaError when rows have no key by which a changed one is found again. */
export async function readSource(session: Session, table: TableName): Promise<Source> {
  const name = qualified(table);
  const columns = await rowsOf<{ column: string; generated: boolean }>(
    session,
    `select quote_ident(attname) as column, attgenerated <> '' as generated
     from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [name],
  );
  const [identity] = await rowsOf<{ oid: number }>(session, "select $1::regclass::oid::int8::float8 as oid", [name]);
  const key = await keyOf(session, name);
  if (key.length === 0)
    throw new SchemaError({
      what: `${table.schema}.${table.name} cannot be converted while it is in use: it has no key`,
      got: "no primary key and no valid, immediate unique index of not-null columns",
      cure: "Add a primary key that contains the partition column: build the unique index concurrently, then alter table … add primary key using index.",
    });
  return {
    oid: identity?.oid ?? 0,
    name,
    columns: columns.filter((each) => !each.generated).map((each) => each.column),
    allColumns: columns.map((each) => each.column),
    key: key.map(({ column, type }) => ({ column, type })),
    keyIndex: key[0]?.index ?? "",
  };
}

/** "(a, b)" of the key, each column after `prefix`. */
export function keyList(source: Source, prefix = ""): string {
  return source.key.map(({ column }) => `${prefix}${column}`).join(", ");
}

/** "x.a = y.a and x.b = y.b" */
export function keysEqual(source: Source, one: string, other: string): string {
  return source.key.map(({ column }) => `${one}.${column} = ${other}.${column}`).join(" and ");
}

/** Same columns with the same types, in the same order: a migration may have come in between. */
export async function requireSameShape(session: Session, table: TableName, shadow: TableName): Promise<void> {
  const [row] = await rowsOf<{ source: string; shadow: string }>(
    session,
    `select (${SHAPE.replaceAll("$n", "$1")}) as source, (${SHAPE.replaceAll("$n", "$2")}) as shadow`,
    [qualified(table), qualified(shadow)],
  );
  if (row === undefined || row.source === row.shadow) return;
  throw new SchemaError({
    what: `The columns of ${table.schema}.${table.name} were changed during its conversion`,
    got: `${row.source}; when it began: ${row.shadow}`,
    cure: `Run plinth schema abort ${table.schema}.${table.name}, then apply again.`,
  });
}

const SHAPE = `select string_agg(attname || ' ' || format_type(atttypid, atttypmod)
                                 || case when attnotnull then ' not null' else '' end, ', ' order by attnum)
               from pg_attribute where attrelid = $n::regclass and attnum > 0 and not attisdropped`;
