import type { ManifestInput } from "../manifest/manifest-schema";

/** Partitions and busy tables are vacuumed by rows changed, not by a fifth of a table that only grows. */
const busy = { autovacuum_vacuum_scale_factor: "0.02", autovacuum_analyze_scale_factor: "0.01" };

export const clinicTables: NonNullable<ManifestInput["tables"]> = [
  { name: "clinics" },
  {
    name: "practitioners",
    indexes: [
      { name: "idx_practitioners_clinic_id", keys: ["clinic_id"], purpose: "foreign key" },
      { name: "idx_practitioners_specialty", keys: ["specialty", "id"], purpose: "free slots by specialty" },
    ],
  },
  {
    name: "patients",
    indexes: [
      { name: "idx_patients_id", unique: true, keys: ["id"], purpose: "primary key (epic)" },
      {
        name: "idx_patients_search",
        keys: ["last_name", "first_name"],
        include: ["email", "phone"],
        purpose: "search by name answered by the index alone (epic)",
      },
      {
        name: "idx_patients_name_fts",
        method: "gin",
        keys: ["to_tsvector('english', first_name || ' ' || last_name)"],
        purpose: "full text search of names (epic)",
      },
      {
        name: "idx_patients_last_name_prefix",
        keys: ["lower(last_name) text_pattern_ops", "lower(first_name) text_pattern_ops"],
        purpose: "search by the first letters of the last name, whatever the collation",
      },
      { name: "idx_patients_email_trgm", method: "gin", keys: ["email gin_trgm_ops"], purpose: "part of an address" },
      {
        name: "idx_patients_medical_record_number",
        unique: true,
        keys: ["medical_record_number"],
        purpose: "one patient a record number",
      },
      { name: "idx_patients_clinic_id", keys: ["clinic_id"], purpose: "foreign key" },
      { name: "idx_patients_primary_practitioner_id", keys: ["primary_practitioner_id"], purpose: "foreign key" },
    ],
    statistics: [
      {
        name: "st_patients_clinic_practitioner",
        kinds: ["dependencies", "ndistinct"],
        columns: ["clinic_id", "primary_practitioner_id"],
      },
    ],
    settings: busy,
  },
  {
    name: "appointments",
    // Six months ahead: the furthest a visit is booked (90 days) never meets the default partition.
    partition: { column: "appointment_date", interval: "1 month", premake: 6 },
    indexes: [
      { name: "idx_appointments_patient_id", keys: ["patient_id"], purpose: "foreign key (epic)" },
      { name: "idx_appointments_practitioner_id", keys: ["practitioner_id"], purpose: "foreign key (epic)" },
      { name: "idx_appointments_clinic_id", keys: ["clinic_id"], purpose: "foreign key" },
      {
        name: "idx_appointments_patient_date",
        keys: ["patient_id", "appointment_date desc"],
        purpose: "a patient's latest visits (epic)",
      },
      {
        name: "idx_appointments_practitioner_date",
        keys: ["practitioner_id", "appointment_date", "start_time"],
        include: ["status", "duration_minutes"],
        purpose: "a practitioner's day and free slots",
      },
      {
        name: "idx_appointments_active",
        keys: ["status"],
        where: "status in ('scheduled', 'confirmed')",
        purpose: "visits still to come (epic)",
      },
      {
        name: "idx_appointments_open_date",
        keys: ["appointment_date"],
        where: "status in ('scheduled', 'confirmed')",
        purpose: "past visits nobody closed, oldest first: of an old month it holds next to nothing",
      },
      {
        name: "idx_appointments_date_status",
        keys: ["appointment_date", "status"],
        include: ["duration_minutes", "practitioner_id"],
        purpose: "counts and sums over days or months, by practitioner too, from the index alone",
      },
    ],
    statistics: [
      {
        name: "st_appointments_practitioner_clinic",
        kinds: ["dependencies"],
        columns: ["practitioner_id", "clinic_id"],
      },
      { name: "st_appointments_date_status", kinds: ["dependencies", "mcv"], columns: ["appointment_date", "status"] },
    ],
    settings: busy,
  },
  {
    name: "encounters",
    indexes: [
      {
        name: "idx_encounters_patient_id",
        keys: ["patient_id", "recorded_at desc"],
        purpose: "foreign key; a patient's history",
      },
      { name: "idx_encounters_practitioner_id", keys: ["practitioner_id"], purpose: "foreign key" },
      {
        name: "idx_encounters_appointment",
        keys: ["appointment_id", "appointment_date"],
        purpose: "the record of a visit",
      },
      {
        name: "idx_encounters_notes_fts",
        method: "gin",
        keys: ["to_tsvector('english', notes)"],
        purpose: "full text search of notes",
      },
      {
        name: "idx_encounters_diagnosis_date",
        keys: ["diagnosis_code", "recorded_at desc"],
        purpose: "latest cases of a diagnosis",
      },
    ],
    settings: busy,
  },
];
