import { SchemaError } from "../errors";
import { rowsOf, type Session } from "../database/sql";
import type { ClinicSizes } from "./generate/sizes";

export interface LoadMarker extends ClinicSizes {
  seed: number;
  /** The day that counts as today in the data, as yyyy-mm-dd. */
  anchor: string;
  patientsDone: number;
  appointmentsDone: number;
  complete: boolean;
}

const COLUMNS = `seed, patients, appointments, anchor::text as anchor, patients_done as "patientsDone",
  appointments_done as "appointmentsDone", completed_at is not null as complete`;

export async function createMarkerTable(session: Session): Promise<void> {
  await session.query(
    `create table if not exists clinic_load (
       only_row boolean primary key default true check (only_row),
       seed integer not null,
       patients integer not null,
       appointments integer not null,
       anchor date not null,
       patients_done integer not null default 0,
       appointments_done integer not null default 0,
       completed_at timestamptz
     )`,
  );
}

async function readMarker(session: Session): Promise<LoadMarker | null> {
  const [row] = await rowsOf<LoadMarker & Record<string, unknown>>(session, `select ${COLUMNS} from clinic_load`);
  return row ?? null;
}

/**
 * The marker of this load, made if there is none.
 * @throws SchemaError when something else, or somebody else's data, is already there.
 */
export async function claimMarker(
  session: Session,
  wanted: ClinicSizes & { seed: number; anchor: string },
): Promise<LoadMarker> {
  const found = await readMarker(session);
  if (found === null) {
    const [other] = await rowsOf<{ some: boolean }>(
      session,
      "select exists (select from patients) or exists (select from appointments) as some",
    );
    if (other?.some)
      throw new SchemaError({
        what: "The clinic's tables hold rows that were not loaded from a seed",
        got: "rows in patients or appointments, and no entry in clinic_load",
        cure: "Leave the data as it is (load nothing), or use an empty database.",
      });
    await session.query("insert into clinic_load (seed, patients, appointments, anchor) values ($1, $2, $3, $4)", [
      wanted.seed,
      wanted.patients,
      wanted.appointments,
      wanted.anchor,
    ]);
    return { ...wanted, patientsDone: 0, appointmentsDone: 0, complete: false };
  }
  if (found.seed === wanted.seed && found.patients === wanted.patients && found.appointments === wanted.appointments)
    return found;
  const describe = (load: ClinicSizes & { seed: number }) =>
    `${load.patients} patients, ${load.appointments} appointments, seed ${load.seed}`;
  throw new SchemaError({
    what: `This database already holds another clinic (${describe(found)})`,
    got: describe(wanted),
    cure: "Ask for the same sizes and seed, or delete the stack's data and load afresh.",
  });
}
