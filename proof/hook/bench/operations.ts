import type { Client } from "pg";

import type { AppointmentModel, KnownRow } from "./appointment-model";

export type Operation = (client: Client) => Promise<void>;

const STATUSES = ["scheduled", "confirmed", "completed", "cancelled", "no_show"];

function pick<T>(values: readonly T[], random: number): T {
  const value = values[Math.floor(random * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

/** Another day within three weeks, so that some updates move a row to another month. */
function otherDay(day: string, random: number): string {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + Math.round((random - 0.5) * 42));
  return moved.toISOString().slice(0, 10);
}

const UPDATE = `update appointments set status = $3, reason = $4, appointment_date = $5
                where id = $1 and appointment_date = $2`;

async function update(client: Client, model: AppointmentModel, row: KnownRow, next: KnownRow): Promise<void> {
  const { rowCount } = await client.query(UPDATE, [
    row.id,
    row.appointmentDate,
    next.status,
    next.reason,
    next.appointmentDate,
  ]);
  if (rowCount !== 1) throw Object.assign(new Error(`${rowCount} rows were updated`), { code: "LOST_ROW" });
}

/**
 * The application's writes: half change a visit, a quarter book one, a tenth cancel one for good, the rest change two in
 * one transaction, in any order. `dice` gives numbers from 0 to 1.
 */
export function nextWrite(model: AppointmentModel, dice: () => number, sequence: number): Operation {
  const kind = dice();
  const changed = (row: KnownRow): KnownRow => ({
    ...row,
    status: pick(STATUSES, dice()),
    reason: `load ${sequence}`,
    appointmentDate: dice() < 0.1 ? otherDay(row.appointmentDate, dice()) : row.appointmentDate,
  });
  const first = model.take(dice());
  if (first === undefined) throw new Error("the load has no rows left to work on");
  if (kind < 0.5) return single(model, first, changed(first));
  if (kind < 0.75) return booking(model, first, changed(first));
  if (kind < 0.85) return cancelling(model, first);
  const second = model.take(dice());
  if (second === undefined) throw new Error("the load has no rows left to work on");
  return pair(model, [first, changed(first)], [second, changed(second)]);
}

const single =
  (model: AppointmentModel, row: KnownRow, next: KnownRow): Operation =>
  async (client) => {
    try {
      await update(client, model, row, next);
      model.keep(next);
    } catch (error) {
      model.lost(row);
      throw error;
    }
  };

/** A new visit for the patient of a known one. */
const booking =
  (model: AppointmentModel, like: KnownRow, next: KnownRow): Operation =>
  async (client) => {
    model.keep(like);
    const { rows } = await client.query<{ id: string }>(
      `insert into appointments (appointment_date, start_time, patient_id, practitioner_id, clinic_id, status, reason)
       select $3::date, start_time, patient_id, practitioner_id, clinic_id, $4, $5
       from appointments where id = $1 and appointment_date = $2
       returning id::text`,
      [like.id, like.appointmentDate, next.appointmentDate, next.status, next.reason],
    );
    const [created] = rows;
    // The visit it was to be like was moved or deleted in between: nothing was booked, and that is right.
    if (created !== undefined) model.keep({ ...next, id: created.id });
  };

const cancelling =
  (model: AppointmentModel, row: KnownRow): Operation =>
  async (client) => {
    try {
      const { rowCount } = await client.query("delete from appointments where id = $1 and appointment_date = $2", [
        row.id,
        row.appointmentDate,
      ]);
      if (rowCount !== 1) throw Object.assign(new Error(`${rowCount} rows were deleted`), { code: "LOST_ROW" });
      model.deleted(row.id);
    } catch (error) {
      model.lost(row);
      throw error;
    }
  };

const pair =
  (model: AppointmentModel, ...changes: [KnownRow, KnownRow][]): Operation =>
  async (client) => {
    try {
      await client.query("begin");
      for (const [row, next] of changes) await update(client, model, row, next);
      await client.query("commit");
      for (const [, next] of changes) model.keep(next);
    } catch (error) {
      for (const [row] of changes) model.lost(row);
      await client.query("rollback").catch(() => undefined);
      throw error;
    }
  };

/** Days and ids around a visit: the primary key answers it with and without the manifest. */
const RANGE = `select id, status, reason from appointments
               where id between $1::bigint - 50 and $1::bigint + 50 and appointment_date between $2::date - 3 and $2::date + 3`;

/**
 * Four reads of five are of one visit, one is of a range. The primary key answers both: what is measured is whether a read
 * has to wait, not how slow it is while an index is missing.
 */
export function nextRead(row: KnownRow, dice: number): Operation {
  if (dice < 0.2) return async (client) => void (await client.query(RANGE, [row.id, row.appointmentDate]));
  return async (client) =>
    void (await client.query("select id, status, reason from appointments where id = $1 and appointment_date = $2", [
      row.id,
      row.appointmentDate,
    ]));
}
