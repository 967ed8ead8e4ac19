import type { Client } from "pg";

import { clinicManifest } from "../../../schema/clinic/clinic-manifest";
import type { ManifestInput } from "../../../schema/manifest/manifest-schema";

/** One thing the hook is asked to do, small enough to be interrupted a hundred times. */
export interface Scenario {
  name: string;
  /** For the report. */
  about: string;
  /** Applied without disturbance before the trials begin: they start from what it leaves. */
  before: ManifestInput | null;
  /** Further state to start from, made by a superuser. */
  prepare?: (superuser: Client) => Promise<void>;
  manifest: ManifestInput;
  args: string[];
}

type Tables = NonNullable<ManifestInput["tables"]>;
type Partition = NonNullable<Tables[number]["partition"]>;

const clinic = clinicManifest();

/** Enough of the clinic's indexes to have every kind: unique, covering, expression, partial, descending. */
const INDEXES = new Set([
  "idx_patients_search",
  "idx_patients_name_fts",
  "idx_patients_medical_record_number",
  "idx_appointments_patient_date",
  "idx_appointments_practitioner_date",
  "idx_appointments_open_date",
]);

const STATISTICS = new Set(["st_appointments_date_status"]);

const PARTITION: Partition = { column: "appointment_date", interval: "3 months", premake: 2 };

function tables(partition: Partition | undefined): Tables {
  return (clinic.tables ?? [])
    .filter(({ name }) => ["practitioners", "patients", "appointments"].includes(name))
    .map((table) => ({
      ...table,
      partition: table.name === "appointments" ? partition : undefined,
      indexes: table.indexes?.filter(({ name }) => INDEXES.has(name)),
      statistics: table.statistics?.filter(({ name }) => STATISTICS.has(name)),
    }));
}

const extensions: ManifestInput["extensions"] = [{ name: "pg_partman", schema: "partman" }];

/** Tables alone: a conversion is all there is to do. */
function converting(partition: Partition): ManifestInput {
  return { version: 1, application: "clinic", extensions, tables: tables(partition) };
}

const whole: ManifestInput = {
  ...clinic,
  tables: tables(undefined),
  routines: clinic.routines?.filter(({ name }) => name === "book_appointment" || name === "close_stale_appointments"),
};

const UNWANTED = new Set(["idx_appointments_practitioner_date", "idx_patients_name_fts"]);

/** The same tables with some indexes defined otherwise, on the same names, and some objects wanted no longer. */
function redefined(manifest: ManifestInput): ManifestInput {
  const changed: Record<string, Partial<NonNullable<Tables[number]["indexes"]>[number]>> = {
    idx_appointments_patient_date: { keys: ["patient_id", "appointment_date", "start_time"] },
    idx_appointments_open_date: { where: "status = 'scheduled'" },
    idx_patients_search: { include: ["email"] },
  };
  return {
    ...manifest,
    tables: manifest.tables?.map((table) => ({
      ...table,
      indexes: table.indexes
        ?.filter(({ name }) => !UNWANTED.has(name))
        .map((index) => ({ ...index, ...changed[index.name] })),
      statistics: [],
    })),
  };
}

const indexesOnly = { version: 1 as const, application: "clinic", extensions, tables: tables(undefined) };
const converted = converting(PARTITION);

export const SCENARIOS: Scenario[] = [
  {
    name: "fresh",
    about: "a whole manifest on new tables: roles, schemas, grants, settings, indexes, statistics, procedures",
    before: null,
    manifest: whole,
    args: [],
  },
  {
    name: "leftovers",
    about: "wrong twins under the right names, invalid indexes, half-built successors and remains of a reindex",
    before: null,
    prepare: async (superuser) => {
      await superuser.query(
        `create index idx_patients_search on patients (first_name);
         create index idx_patients_name_fts on patients (last_name);
         create index idx_appointments_patient_date on appointments (patient_id);
         create index idx_appointments_patient_date_plinth_next on appointments (patient_id, appointment_date desc);
         create index idx_appointments_practitioner_date_ccnew on appointments (practitioner_id);
         create index idx_appointments_open_date_ccold on appointments (appointment_date);
         create unique index idx_patients_medical_record_number on patients (medical_record_number);
         update pg_index set indisvalid = false
         where indexrelid = any (array['idx_patients_name_fts', 'idx_appointments_patient_date_plinth_next',
                                       'idx_appointments_practitioner_date_ccnew', 'idx_appointments_open_date_ccold',
                                       'idx_patients_medical_record_number']::regclass[])`,
      );
      for (const name of ["practitioner_date_ccnew", "open_date_ccold", "patient_date", "patient_date_plinth_next"])
        await superuser.query(`alter index idx_appointments_${name} owner to plinth_master`).catch(() => undefined);
    },
    manifest: indexesOnly,
    args: [],
  },
  {
    name: "convert by copy",
    about: "a live table becomes partitioned, its rows copied into partitions (history: split)",
    before: indexesOnly,
    manifest: converted,
    args: [],
  },
  {
    name: "swap and drop",
    about: "indexes of a partitioned table and of a plain one get another definition, or are wanted no longer",
    before: converted,
    manifest: redefined(converted),
    args: [],
  },
  {
    name: "reindex",
    about: "the recurring upkeep rebuilds bloated indexes concurrently",
    before: indexesOnly,
    prepare: async (superuser) => {
      await superuser.query(
        `do $$ begin
           while pg_relation_size('idx_appointments_patient_date') < 4 * 1024 * 1024 loop
             update appointments set patient_id = 1 + (patient_id + 7) % (select count(*) from patients);
           end loop;
         end $$`,
      );
      await superuser.query("vacuum (analyze) appointments");
    },
    manifest: { ...indexesOnly, maintenance: { reindex: { wastedMiB: 1, wastedPercent: 20 } } },
    args: ["maintain"],
  },
  {
    name: "maintain",
    about: "the recurring upkeep: partitions past retention leave the table, missing ones are made, statistics",
    before: converting({ ...PARTITION, retention: "24 months" }),
    prepare: async (superuser) => {
      await superuser.query("update partman.part_config set premake = premake + 2, retention = '6 months'");
    },
    manifest: converting({ ...PARTITION, retention: "6 months" }),
    args: ["maintain"],
  },
];
