import { inTransaction, rowsOf, type Session } from "../database/sql";
import type { WantedPartition } from "../manifest/manifest-schema";
import type { TableName } from "./attachments";

/**
 * plinth.conversion: one row a conversion of a live table, written in the same transactions as the work itself, so that
 * it is true after a crash at any moment. The phase is the last milestone reached:
 *
 *   shadow → logging → copied → indexed → analyzed → proven → constrained ─ cut over ─→ cut-over → done
 *
 * and from anything before cut-over also → aborted. The attach mover uses the milestones that it has.
 */
export type ConversionPhase =
  "shadow" | "logging" | "copied" | "indexed" | "analyzed" | "proven" | "constrained" | "cut-over" | "done" | "aborted";

export interface PartitionProof {
  partition: string;
  rows: string;
  checksum: string;
}

export interface Conversion {
  id: string;
  schema: string;
  name: string;
  sourceOid: number;
  mover: "copy" | "attach";
  wish: WantedPartition;
  phase: ConversionPhase;
  /** What the mover must remember: names it gave, registrations it postponed. */
  notes: Record<string, unknown>;
  /** Key of the last row copied, as text; null before the first. */
  cursor: string[] | null;
  rowsCopied: string;
  changesDrained: string;
  proofs: PartitionProof[] | null;
}

const COLUMNS = `
  id::text, table_schema as schema, table_name as name, source_oid::int8::float8 as "sourceOid", mover, wish, phase, notes,
  cursor, rows_copied::text as "rowsCopied", changes_drained::text as "changesDrained", proofs`;

/** From here on there is no way back: the table's name means the successor. */
export function isCutOver(conversion: Conversion): boolean {
  return conversion.phase === "cut-over" || conversion.phase === "done";
}

/** The part of the wish that decides where each row lies; the rest may change while a conversion is on its way. */
export function sameLayout(one: WantedPartition, other: WantedPartition): boolean {
  return one.column === other.column && one.interval === other.interval && one.history === other.history;
}

async function tableExists(session: Session): Promise<boolean> {
  const [row] = await rowsOf<{ present: boolean }>(
    session,
    "select to_regclass('plinth.conversion') is not null as present",
  );
  return row?.present ?? false;
}

/** Makes plinth.conversion if need be: its owner writes it, pg_monitor reads it, nobody else does either. */
export async function ensureConversionTable(session: Session): Promise<void> {
  if (await tableExists(session)) return;
  await inTransaction(session, async () => {
    await session.query("create schema if not exists plinth");
    await session.query(
      `create table plinth.conversion (
         id bigint generated always as identity primary key,
         table_schema text not null,
         table_name text not null,
         source_oid oid not null,
         mover text not null check (mover in ('copy', 'attach')),
         wish jsonb not null,
         phase text not null,
         notes jsonb not null default '{}',
         cursor text[],
         rows_copied bigint not null default 0,
         changes_drained bigint not null default 0,
         proofs jsonb,
         started timestamptz not null default clock_timestamp(),
         updated timestamptz not null default clock_timestamp(),
         cut_over_at timestamptz,
         finished timestamptz
       )`,
    );
    await session.query(
      "create unique index conversion_open on plinth.conversion (table_schema, table_name) where finished is null",
    );
    await session.query("grant usage on schema plinth to pg_monitor");
    await session.query("grant select on plinth.conversion to pg_monitor");
  });
}

/** Conversions that began and have not ended. */
export async function openConversions(session: Session): Promise<Conversion[]> {
  if (!(await tableExists(session))) return [];
  return rowsOf<Conversion & Record<string, unknown>>(
    session,
    `select ${COLUMNS} from plinth.conversion where finished is null order by id`,
  );
}

export async function openConversion(session: Session, table: TableName): Promise<Conversion | null> {
  const open = await openConversions(session);
  return open.find((each) => each.schema === table.schema && each.name === table.name) ?? null;
}

export async function readConversion(session: Session, id: string): Promise<Conversion> {
  const [row] = await rowsOf<Conversion & Record<string, unknown>>(
    session,
    `select ${COLUMNS} from plinth.conversion where id = $1::bigint`,
    [id],
  );
  if (row === undefined) throw new Error(`no conversion ${id}`);
  return row;
}

/** Call it in the transaction that makes the first thing of the conversion. */
export async function beginConversion(
  session: Session,
  begun: Pick<Conversion, "schema" | "name" | "mover" | "wish" | "phase" | "notes"> & { sourceRegclass: string },
): Promise<string> {
  const [row] = await rowsOf<{ id: string }>(
    session,
    `insert into plinth.conversion (table_schema, table_name, source_oid, mover, wish, phase, notes)
     values ($1, $2, $3::regclass::oid, $4, $5, $6, $7) returning id::text`,
    [
      begun.schema,
      begun.name,
      begun.sourceRegclass,
      begun.mover,
      JSON.stringify(begun.wish),
      begun.phase,
      JSON.stringify(begun.notes),
    ],
  );
  if (row === undefined) throw new Error("plinth.conversion gave no row");
  return row.id;
}

/** SQL that records a milestone; run it in the transaction of the work that reached it. */
export function milestoneSql(id: string, phase: ConversionPhase): string {
  const times = [
    "updated = clock_timestamp()",
    ...(phase === "cut-over" ? ["cut_over_at = clock_timestamp()"] : []),
    ...(phase === "done" || phase === "aborted" ? ["finished = clock_timestamp()"] : []),
  ];
  return `update plinth.conversion set phase = '${phase}', ${times.join(", ")} where id = ${BigInt(id)}`;
}
