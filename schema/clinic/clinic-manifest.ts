import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { ManifestInput } from "../manifest/manifest-schema";
import { clinicTables } from "./clinic-tables";

const routineSql = (name: string) =>
  readFileSync(join(__dirname, "routines", `${name.replaceAll("_", "-")}.sql`), "utf8");

const readers = ["clinic_app", "clinic_ro"];

/** The epic's clinic. `manifest.json` beside this file is its checked-in rendering, which the hook reads. */
export function clinicManifest(): ManifestInput {
  return {
    version: 1,
    application: "clinic",
    extensions: [
      { name: "pg_stat_statements" },
      { name: "pg_trgm" },
      { name: "btree_gist" },
      { name: "pg_partman", schema: "partman" },
    ],
    roles: [
      { name: "clinic_app", login: true },
      {
        name: "clinic_ro",
        login: true,
        settings: { default_transaction_read_only: "on", search_path: '"$user", public, clinic_app' },
      },
      { name: "plinth_monitor", login: true, memberOf: ["pg_monitor"] },
    ],
    schemas: [
      { name: "public", usage: readers },
      { name: "partman" },
      // A place of its own: the application has no CREATE on public, yet may need tables of its own making.
      { name: "clinic_app", owner: "clinic_app", usage: ["clinic_ro"] },
    ],
    grants: [
      {
        role: "clinic_app",
        schema: "public",
        tables: ["select", "insert", "update", "delete"],
        sequences: ["usage", "select"],
      },
      { role: "clinic_ro", schema: "public", tables: ["select"] },
      { role: "clinic_ro", schema: "clinic_app", tables: ["select"], createdBy: "clinic_app" },
    ],
    tables: clinicTables,
    routines: [
      {
        name: "patient_risk_score",
        kind: "function",
        argumentTypes: "bigint, date",
        needs: ["appointments"],
        execute: readers,
        sql: routineSql("patient_risk_score"),
      },
      {
        name: "daily_practitioner_summary",
        kind: "function",
        argumentTypes: "date",
        needs: ["appointments", "practitioners"],
        execute: readers,
        sql: routineSql("daily_practitioner_summary"),
      },
      {
        name: "monthly_no_show_rates",
        kind: "function",
        argumentTypes: "date, date",
        needs: ["appointments"],
        execute: readers,
        sql: routineSql("monthly_no_show_rates"),
      },
      {
        name: "book_appointment",
        kind: "function",
        argumentTypes: "bigint, bigint, date, time without time zone, integer, text",
        needs: ["appointments", "practitioners"],
        execute: ["clinic_app"],
        sql: routineSql("book_appointment"),
      },
      {
        name: "reschedule_appointments",
        kind: "procedure",
        argumentTypes: "bigint, date, date, bigint",
        needs: ["appointments"],
        execute: ["clinic_app"],
        sql: routineSql("reschedule_appointments"),
      },
      {
        name: "close_stale_appointments",
        kind: "procedure",
        argumentTypes: "date, integer, bigint",
        needs: ["appointments"],
        execute: ["clinic_app"],
        sql: routineSql("close_stale_appointments"),
      },
    ],
  };
}
