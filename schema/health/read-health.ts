import { openConversions } from "../convert/state";
import { qualified, rowsOf, type Session } from "../database/sql";
import type { HealthFacts } from "./judge-health";

interface PartitionRow {
  parent: string;
  premakeWanted: number;
  premade: number;
  defaultPartition: string | null;
  lastMaintainedMs: number | null;
  [column: string]: unknown;
}

/** Exact, not estimated: one row is enough to stop pg_partman. */
async function holdsRows(session: Session, regclass: string): Promise<boolean> {
  const [row] = await rowsOf<{ some: boolean }>(session, `select exists (select from ${regclass}) as some`);
  return row?.some ?? false;
}

async function partitions(session: Session): Promise<HealthFacts["partitions"]> {
  const [view] = await rowsOf<{ present: boolean }>(
    session,
    "select to_regclass('plinth.partition_health') is not null as present",
  );
  if (!view?.present) return [];
  const rows = await rowsOf<PartitionRow>(
    session,
    `select parent, premake_wanted as "premakeWanted", premade, default_partition as "defaultPartition",
            (extract(epoch from last_maintained) * 1000)::float8 as "lastMaintainedMs"
     from plinth.partition_health order by 1`,
  );
  const found: HealthFacts["partitions"] = [];
  for (const row of rows)
    found.push({
      ...row,
      defaultHoldsRows: row.defaultPartition !== null && (await holdsRows(session, row.defaultPartition)),
    });
  return found;
}

/** Indexes that are neither valid nor being built, on tables of the application. */
async function invalidIndexes(session: Session): Promise<HealthFacts["invalidIndexes"]> {
  return rowsOf<{ index: string; table: string }>(
    session,
    `select i.indexrelid::regclass::text as index, i.indrelid::regclass::text as table
     from pg_index i
     join pg_class class on class.oid = i.indexrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where not (i.indisvalid and i.indisready)
       and namespace.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
       and not exists (select from pg_stat_progress_create_index where index_relid = i.indexrelid)
     order by 1`,
  );
}

/** Reads what `judgeHealth` judges; changes nothing. */
export async function readHealth(session: Session): Promise<HealthFacts> {
  const [clock] = await rowsOf<{ nowMs: number }>(
    session,
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"',
  );
  return {
    nowMs: clock?.nowMs ?? 0,
    partitions: await partitions(session),
    invalidIndexes: await invalidIndexes(session),
    openConversions: (await openConversions(session)).map((conversion) => ({
      table: qualified(conversion).replaceAll('"', ""),
      phase: conversion.phase,
    })),
  };
}
