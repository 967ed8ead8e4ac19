import { qualified, quote, rowsOf, type Session } from "../../database/sql";
import type { WantedTable } from "../../manifest/manifest-schema";
import { createIndexSql } from "../../plan/index-sql";
import { leftoverNames } from "../../plan/index-names";
import type { TableName } from "../attachments";

/** An index that the successor must have before it takes over. */
export interface ListedIndex {
  /** Its name once the successor has taken over, not quoted. */
  name: string;
  /** Definition of the constraint it stands behind, e.g. "PRIMARY KEY (id, day)"; null for a bare index. */
  constraint: string | null;
  /** CREATE INDEX under a name on a table (qualified). */
  create: (how: { name: string; on: string; only: boolean }) => string;
  /** Only the manifest asks for it, so it may be impossible yet. */
  wantedOnly: boolean;
}

async function indexesOf(session: Session, table: TableName): Promise<ListedIndex[]> {
  const found = await rowsOf<{ name: string; unique: boolean; rest: string; constraint: string | null }>(
    session,
    `select index_class.relname::text as name,
            indisunique as unique,
            -- Behind "CREATE [UNIQUE] INDEX name ON schema.table": what it is, whatever it and its table are called.
            substr(pg_get_indexdef(indexrelid),
                   length(format('CREATE %sINDEX %I ON %I.%I ', case when indisunique then 'UNIQUE ' end,
                                 index_class.relname, namespace.nspname, class.relname)) + 1) as rest,
            pg_get_constraintdef(pg_constraint.oid) as constraint
     from pg_index
     join pg_class index_class on index_class.oid = indexrelid
     join pg_class class on class.oid = indrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     left join pg_constraint on conindid = indexrelid and contype in ('p', 'u') and conrelid = indrelid
     where indrelid = $1::regclass and indisvalid and indisready
     order by (contype = 'p') desc nulls last, 1`,
    [qualified(table)],
  );
  return found.map(({ name, unique, rest, constraint }) => ({
    name,
    constraint,
    create: (how) =>
      `create ${unique ? "unique " : ""}index ${quote(how.name)} on ${how.only ? "only " : ""}${how.on} ${rest}`,
    wantedOnly: false,
  }));
}

/**
 * Every valid index of the table, and those of the manifest beside or instead of them, so that no query is worse off
 * for a moment after the cut-over.
 */
export async function listIndexes(session: Session, table: WantedTable): Promise<ListedIndex[]> {
  const present = await indexesOf(session, table);
  const leftovers = new Set(table.indexes.flatMap((index) => leftoverNames(index.name)));
  const behindConstraint = new Set(present.filter((index) => index.constraint !== null).map(({ name }) => name));
  const wanted = table.indexes.filter((index) => !behindConstraint.has(index.name));
  const replaced = new Set(wanted.map((index) => index.name));
  return [
    ...present.filter(({ name }) => !leftovers.has(name) && !replaced.has(name)),
    ...wanted.map((index): ListedIndex => ({
      name: index.name,
      constraint: null,
      create: (how) => createIndexSql(index, { ...how, concurrently: false }),
      wantedOnly: true,
    })),
  ];
}
