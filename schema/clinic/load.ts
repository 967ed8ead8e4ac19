import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Client, type ClientConfig } from "pg";

import { SchemaError } from "../errors";
import { inTransaction, rowsOf, type Session } from "../database/sql";
import { Drawing } from "./generate/drawing";
import { clinicsSql, patientsSql, practitionersSql } from "./generate/people-sql";
import { DEFAULT_SIZES, type ClinicSizes } from "./generate/sizes";
import { visitsSql } from "./generate/visits-sql";
import { claimMarker, createMarkerTable, type LoadMarker } from "./load-marker";

export interface LoadProgress {
  phase: "patients" | "appointments" | "foreign keys" | "vacuum";
  done: number;
  total: number;
}

export interface LoadOptions extends Partial<ClinicSizes> {
  /** Same seed, same clinic. @default 1 */
  seed?: number;
  /** The day that counts as today, yyyy-mm-dd. @default the server's current date */
  anchor?: string;
  onProgress?: (progress: LoadProgress) => void;
}

export interface LoadResult extends ClinicSizes {
  encounters: number;
  /** False when it was all there already. */
  loaded: boolean;
  durationMs: number;
}

const BATCH_ROWS = 50_000;
const LOADER_LOCK = "hashtextextended('plinth clinic load', 0)";
const TABLES = ["clinics", "practitioners", "patients", "appointments", "encounters"];

/** tables.sql in two halves: foreign keys are checked once at the end, by one join, and not row by row. */
function migration(): { tables: string; foreignKeys: string[] } {
  const [tables, foreignKeys] = readFileSync(join(__dirname, "tables.sql"), "utf8").split("-- foreign keys\n");
  if (tables === undefined || foreignKeys === undefined) throw new Error("tables.sql lacks its foreign keys part");
  return { tables, foreignKeys: foreignKeys.split("\n").filter((line) => line.startsWith("alter table")) };
}

async function loadPeople(
  session: Session,
  marker: LoadMarker,
  draw: Drawing,
  report: (done: number) => void,
): Promise<void> {
  if (marker.patientsDone === 0)
    await inTransaction(session, async () => {
      await session.query("delete from practitioners");
      await session.query("delete from clinics");
      await session.query(clinicsSql(draw, marker));
      await session.query(practitionersSql(draw, marker));
    });
  const insert = patientsSql(draw, marker);
  for (let done = marker.patientsDone; done < marker.patients;) {
    const upTo = Math.min(done + BATCH_ROWS, marker.patients);
    await inTransaction(session, async () => {
      await session.query(insert, [done + 1, upTo, marker.anchor]);
      await session.query("update clinic_load set patients_done = $1", [upTo]);
    });
    report((done = upTo));
  }
}

async function loadVisits(
  session: Session,
  marker: LoadMarker,
  draw: Drawing,
  report: (done: number) => void,
): Promise<void> {
  const insert = visitsSql(draw, marker);
  for (let done = marker.appointmentsDone; done < marker.appointments;) {
    const upTo = Math.min(done + BATCH_ROWS, marker.appointments);
    await inTransaction(session, async () => {
      await session.query(insert, [done + 1, upTo, marker.anchor]);
      await session.query("update clinic_load set appointments_done = $1", [upTo]);
    });
    report((done = upTo));
  }
}

async function addForeignKeys(session: Session, statements: string[], report: (done: number) => void): Promise<void> {
  const present = await rowsOf<{ name: string }>(
    session,
    "select conname::text as name from pg_constraint where contype = 'f'",
  );
  for (const [index, statement] of statements.entries()) {
    const name = /add constraint (\w+)/.exec(statement)?.[1];
    if (!present.some((each) => each.name === name)) await session.query(statement);
    report(index + 1);
  }
}

async function finish(session: Session, report: (done: number) => void): Promise<void> {
  for (const [index, table] of TABLES.entries()) {
    await session.query(
      `select setval(pg_get_serial_sequence('${table}', 'id'), greatest(1, (select max(id) from ${table})))`,
    );
    await session.query(`vacuum (analyze) ${table}`);
    report(index + 1);
  }
  await session.query("update clinic_load set completed_at = now()");
}

async function today(session: Session): Promise<string> {
  const [row] = await rowsOf<{ today: string }>(session, "select current_date::text as today");
  return row?.today ?? "";
}

function checkSizes(sizes: ClinicSizes & { seed: number }): void {
  const wrong = Object.entries(sizes).filter(
    ([name, value]) => !Number.isInteger(value) || value < (name === "seed" ? 0 : 1) || value > 100_000_000,
  );
  if (wrong.length === 0) return;
  throw new SchemaError({
    what: "The clinic's sizes must be whole numbers between 1 and 100 000 000",
    got: wrong.map(([name, value]) => `${name} = ${value}`).join(", "),
    cure: "Give patients, appointments and seed as whole numbers.",
  });
}

async function loadOn(session: Session, options: LoadOptions): Promise<boolean> {
  const sizes = {
    patients: options.patients ?? DEFAULT_SIZES.patients,
    appointments: options.appointments ?? DEFAULT_SIZES.appointments,
  };
  const seed = options.seed ?? 1;
  checkSizes({ ...sizes, seed });
  const progress = (phase: LoadProgress["phase"], total: number) => (done: number) =>
    options.onProgress?.({ phase, done, total });
  // Two loaders at the same time would collide on every key: the second waits, and then finds all done.
  await session.query(`select pg_advisory_lock(${LOADER_LOCK})`);
  const { tables, foreignKeys } = migration();
  await inTransaction(session, async () => {
    await session.query("set local client_min_messages = warning");
    await session.query(tables);
    await createMarkerTable(session);
  });
  const marker = await claimMarker(session, { ...sizes, seed, anchor: options.anchor ?? (await today(session)) });
  if (marker.complete) return false;

  const draw = new Drawing(seed);
  await loadPeople(session, marker, draw, progress("patients", marker.patients));
  await loadVisits(session, marker, draw, progress("appointments", marker.appointments));
  await addForeignKeys(session, foreignKeys, progress("foreign keys", foreignKeys.length));
  await finish(session, progress("vacuum", TABLES.length));
  return true;
}

/**
 * Creates the clinic's tables as the application's migration would and fills them on the server, the same for the same
 * seed. Loads only once; a load that was cut off is taken up where its last batch was committed.
 * @throws SchemaError when the database holds a clinic of another size or seed, or data that is not ours.
 */
export async function loadClinic(config: ClientConfig, options: LoadOptions = {}): Promise<LoadResult> {
  const started = performance.now();
  const client = new Client({ application_name: "plinth-clinic-load", ...config });
  await client.connect();
  try {
    await client.query(
      "select set_config('timezone', 'UTC', false), set_config('statement_timeout', '0', false), set_config('search_path', 'public', false)",
    );
    const loaded = await loadOn(client, options);
    const [counts] = await rowsOf<{ patients: number; appointments: number; encounters: number }>(
      client,
      `select (select count(*)::int from patients) as patients,
              (select count(*)::int from appointments) as appointments,
              (select count(*)::int from encounters) as encounters`,
    );
    if (counts === undefined) throw new Error("no counts");
    return { ...counts, loaded, durationMs: performance.now() - started };
  } finally {
    await client.end();
  }
}
