import { literal } from "../database/sql";

/** Kinds of objects that the hook drops again when the manifest no longer names them. */
export type OwnedKind = "index" | "statistics" | "routine";

/** An object that the hook made, and what it meant then. */
export interface OwnedObject {
  kind: OwnedKind;
  schema: string;
  name: string;
  /** Table it belongs to; argument types of a routine. */
  belongsTo: string;
  meaning: string;
  application: string;
}

/** The registry of what is ours: without a row here nothing is ever dropped. */
export const createOwnedSql = `create table if not exists plinth.owned (
  kind text not null,
  schema text not null,
  name text not null,
  belongs_to text not null,
  meaning text not null,
  application text not null,
  since timestamptz not null default clock_timestamp(),
  primary key (kind, schema, name, belongs_to)
)`;

/** Notes an object as ours, in the same step that made it. */
export function ownSql(object: OwnedObject): string {
  const values = [object.kind, object.schema, object.name, object.belongsTo, object.meaning, object.application];
  return (
    `insert into plinth.owned (kind, schema, name, belongs_to, meaning, application) values (${values.map(literal).join(", ")}) ` +
    "on conflict (kind, schema, name, belongs_to) do update set meaning = excluded.meaning, application = excluded.application"
  );
}

export function disownSql(object: Pick<OwnedObject, "kind" | "schema" | "name" | "belongsTo">): string {
  const { kind, schema, name, belongsTo } = object;
  return `delete from plinth.owned where (kind, schema, name, belongs_to) = (${[kind, schema, name, belongsTo].map(literal).join(", ")})`;
}
