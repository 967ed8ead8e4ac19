import type { Client } from "pg";

import type { ExpectedRow } from "./messages";

export interface RowProof {
  rows: number;
  touched: number;
  /** Rows that are gone although nobody deleted them, or whose acknowledged change is. */
  lost: number;
  /** Ids that exist more than once. */
  duplicated: number;
  /** Rows that no acknowledged write explains. */
  unexplained: number;
}

/** Every row's id and a hash of the whole of it, before anything happens. */
export async function rememberRows(client: Client): Promise<void> {
  await client.query("create schema bench");
  await client.query(
    `create unlogged table bench.before as
     select id, hashtextextended(concat_ws('|', appointment_date, start_time, duration_minutes, patient_id,
       practitioner_id, clinic_id, status, reason, booked_at), 0) as hash from appointments`,
  );
}

/** Compares the whole table with what it was and with what the load was told. */
export async function verifyRows(
  client: Client,
  expected: readonly ExpectedRow[],
  uncertain: number,
): Promise<RowProof> {
  await client.query(
    "create unlogged table bench.expected (id bigint primary key, day date, status text, reason text)",
  );
  const columns = {
    id: expected.map(({ id }) => id),
    day: expected.map(({ row }) => row?.appointmentDate ?? null),
    status: expected.map(({ row }) => row?.status ?? null),
    reason: expected.map(({ row }) => row?.reason ?? null),
  };
  await client.query(
    "insert into bench.expected select * from unnest($1::bigint[], $2::date[], $3::text[], $4::text[])",
    [columns.id, columns.day, columns.status, columns.reason],
  );
  await client.query("set work_mem = '256MB'");
  const { rows } = await client.query<Record<keyof RowProof, string>>(
    `with now as materialized (
       select id, appointment_date, status, reason,
              hashtextextended(concat_ws('|', appointment_date, start_time, duration_minutes, patient_id,
                practitioner_id, clinic_id, status, reason, booked_at), 0) as hash
       from appointments)
     select (select count(*) from now) as rows,
            (select count(*) from bench.expected) as touched,
            (select count(*) from (select from now group by id having count(*) > 1) twice) as duplicated,
            (select count(*) from bench.before b left join now using (id)
             where not exists (select from bench.expected e where e.id = b.id) and now.hash is distinct from b.hash)
            + (select count(*) from bench.expected e left join now using (id)
               where e.day is not null
                 and (now.appointment_date, now.status, now.reason) is distinct from (e.day, e.status, e.reason)) as lost,
            (select count(*) from now
             where not exists (select from bench.before b where b.id = now.id)
               and not exists (select from bench.expected e where e.id = now.id and e.day is not null))
            + (select count(*) from now join bench.expected e using (id) where e.day is null) as unexplained`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("no proof");
  const proof: RowProof = {
    rows: Number(row.rows),
    touched: Number(row.touched),
    lost: Number(row.lost),
    duplicated: Number(row.duplicated),
    unexplained: Number(row.unexplained),
  };
  // A row of a failed operation may be either: it is not held against anybody.
  return {
    ...proof,
    lost: Math.max(0, proof.lost - uncertain),
    unexplained: Math.max(0, proof.unexplained - uncertain),
  };
}
