import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { setTimeout as pause } from "node:timers/promises";

import type { ClientConfig } from "pg";

import { exporterQueries } from "../../../infra/observability/exporter-queries";
import { loadClinic } from "../../../schema/clinic/load";
import { compareMeasurements } from "../../../schema/clinic/compare";
import { measureClinic, type Measurement } from "../../../schema/clinic/measure";
import { HookBundle } from "../../support/hook-bundle";
import { queryAs } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { postgresBinary, startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";

const manifestPath = join(__dirname, "../../../schema/clinic/manifest.json");
const LAST_MONTH = `
  select max(inhrelid::regclass::text) as name from pg_inherits
  where inhparent = 'appointments'::regclass and inhrelid::regclass::text like '%\\_p2%'`;

const loginRoles = ["clinic_app", "clinic_ro", "plinth_monitor"];

describe("the hook on the clinic's database, as make up runs it", () => {
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;
  let bundle: HookBundle;
  let environment: Record<string, string>;
  let before: Measurement[];

  const as = (user: string): ClientConfig => ({ ...master, user, password: `secret of ${user}` });
  const run = (args: string[] = []) => bundle.run(master, environment, args);

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    master = await createRdsLikeDatabase(postgres, "clinic");
    bundle = new HookBundle();
    const passwords = join(bundle.directory, "passwords");
    mkdirSync(passwords);
    for (const role of loginRoles) writeFileSync(join(passwords, role), `secret of ${role}\n`);
    environment = { PLINTH_MANIFEST: manifestPath, PLINTH_ROLE_PASSWORDS: passwords };
  });

  afterAll(async () => {
    bundle?.dispose();
    await postgres?.stop();
  });

  it("is a bundle below one megabyte that runs under plain node", () => {
    expect(bundle.bytes).toBeLessThan(1024 * 1024);
  });

  it("finds every table pending on an empty database, sets up roles and schemas, and ends well", async () => {
    const first = await run();
    expect(first.output).toContain(
      "pending  index public.idx_patients_search: table public.patients does not exist yet",
    );
    expect(first.output).toMatch(/done +\[\d+\/\d+\] create role clinic_app in \d+ ms/);
    expect(first.lines.at(-1)).toMatch(
      /^summary +\d+ applied, \d+ as wanted, 0 adopted, 36 pending, 0 refused in .*; manifest [0-9a-f]{12}$/,
    );
    expect(first.code).toBe(0);
  });

  it("lets each role in with the password of its file, and nobody without", async () => {
    for (const role of loginRoles) expect(await queryAs(as(role), "select 1 as one")).toEqual([{ one: 1 }]);
    await expect(queryAs({ ...as("clinic_app"), password: "wrong" }, "select 1")).rejects.toMatchObject({
      code: "28P01",
    });
  });

  it("changes nothing in a second run", async () => {
    const second = await run();
    expect(second.lines.at(-1)).toMatch(/^summary +0 applied/);
    expect(second.code).toBe(0);
  });

  it("applies everything once the application has migrated and the clinic is loaded", async () => {
    const loaded = await loadClinic(master, { patients: 3000, appointments: 30_000, anchor: "2026-11-20" });
    expect(loaded).toMatchObject({ patients: 3000, appointments: 30_000, loaded: true });
    before = await measureClinic(master, { runs: 3 });
    const run2 = await run();
    expect(run2.output).not.toMatch(/^(pending|refused|retry|error)/m);
    expect(run2.code).toBe(0);
    const invalid = await queryAs(master, "select indexrelid::regclass::text from pg_index where not indisvalid");
    expect(invalid).toEqual([]);
  });

  it("plans nothing and changes nothing when run again", async () => {
    const catalogue = () => queryAs(master, "select oid, relname, relfilenode from pg_class order by oid");
    const entries = () => queryAs(master, "select count(*) from plinth.ledger");
    const [classes, ledger] = [await catalogue(), await entries()];
    const again = await run();
    expect(again.lines).toHaveLength(1);
    expect(again.lines[0]).toMatch(/^summary +0 applied, \d+ as wanted, 0 adopted, 0 pending, 0 refused/);
    expect(await catalogue()).toEqual(classes);
    expect(await entries()).toEqual(ledger);
  });

  it("has moved every appointment into monthly partitions, none into the default one", async () => {
    const [counts] = await queryAs(
      master,
      `select (select count(*)::int from appointments) as all_rows,
              (select count(*)::int from appointments_default) as default_rows,
              (select count(*)::int from pg_inherits where inhparent = 'appointments'::regclass) > 50 as many_partitions,
              to_regclass('appointments_plinth_old') is null as old_gone`,
    );
    expect(counts).toEqual({ all_rows: 30_000, default_rows: 0, many_partitions: true, old_gone: true });
  });

  it("goes on numbering appointments where the table stopped", async () => {
    const rows = await queryAs<{ id: string }>(
      master,
      `insert into appointments (appointment_date, start_time, patient_id, practitioner_id, clinic_id, reason)
       values ('2026-11-21', '09:00', 1, 1, 1, 'test') returning id::text`,
    );
    expect(rows).toEqual([{ id: "30001" }]);
    await queryAs(master, "delete from appointments where id = 30001");
  });

  it("leaves no foreign key without an index that leads with it", async () => {
    const bare = await queryAs(
      master,
      `select conrelid::regclass::text as table, conname
       from pg_constraint
       where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace
         and not exists (select from pg_index
                         where indrelid = conrelid and indisvalid and indpred is null
                           and (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey)`,
    );
    expect(bare).toEqual([]);
  });

  it("gives the roles what they need and no more", async () => {
    const [privileges] = await queryAs(
      master,
      `select has_table_privilege('clinic_app', 'appointments', 'insert') as app_writes,
              has_table_privilege('clinic_app', 'appointments', 'truncate') as app_truncates,
              has_schema_privilege('clinic_app', 'public', 'create') as app_creates_in_public,
              has_table_privilege('clinic_ro', 'appointments', 'select') as ro_reads,
              has_table_privilege('clinic_ro', 'appointments', 'insert, update, delete') as ro_writes,
              has_table_privilege('plinth_monitor', 'patients', 'select') as monitor_reads_patients,
              pg_has_role('plinth_monitor', 'pg_monitor', 'member') as monitor_is_monitor,
              has_schema_privilege('clinic_app', 'plinth', 'usage') as app_sees_ledger,
              (select bool_or(rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
               from pg_roles where rolname in ('clinic_app', 'clinic_ro', 'plinth_monitor')) as any_power`,
    );
    expect(privileges).toEqual({
      app_writes: true,
      app_truncates: false,
      app_creates_in_public: false,
      ro_reads: true,
      ro_writes: false,
      monitor_reads_patients: false,
      monitor_is_monitor: true,
      app_sees_ledger: false,
      any_power: false,
    });
    await expect(queryAs(as("clinic_ro"), "update patients set city = city")).rejects.toMatchObject({
      code: /25006|42501/,
    });
  });

  it("lets the monitor ask all that the exporter asks, the ledger included", async () => {
    for (const { query } of Object.values(exporterQueries)) await queryAs(as("plinth_monitor"), query);
    expect(await queryAs(as("plinth_monitor"), exporterQueries.plinth_hook?.query ?? "")).toEqual([
      { failed_steps: "0" },
    ]);
    await expect(queryAs(as("plinth_monitor"), "delete from plinth.ledger")).rejects.toMatchObject({ code: "42501" });
  });

  it("lets pgbench set up its tables as the application, and the reader read them", async () => {
    const { host, port, database } = master;
    execFileSync(
      postgresBinary("pgbench"),
      ["-i", "-q", "-s", "1", "-h", String(host), "-p", String(port), "-U", "clinic_app", String(database)],
      {
        env: { ...process.env, PGPASSWORD: "secret of clinic_app" },
        stdio: "pipe",
      },
    );
    expect(await queryAs(as("clinic_ro"), "select count(*)::int as n from pgbench_accounts")).toEqual([{ n: 100_000 }]);
  });

  it("brings procedures that the application can call and the reader cannot", async () => {
    const day = "current_date + 5";
    const book = `select book_appointment(1, 1, ${day}, '18:00', 30, 'test')::text as id`;
    const [booked] = await queryAs<{ id: string }>(as("clinic_app"), book);
    expect(Number(booked?.id)).toBeGreaterThan(30_000);
    await expect(queryAs(as("clinic_app"), book)).rejects.toMatchObject({ code: "23P01" });
    await expect(queryAs(as("clinic_ro"), book)).rejects.toMatchObject({ code: "42501" });
    const [moved] = await queryAs<{ moved: string }>(
      as("clinic_app"),
      `call reschedule_appointments(1, ${day}, current_date + 100)`,
    );
    expect(Number(moved?.moved)).toBeGreaterThan(0);
    const [closed] = await queryAs<{ closed: string }>(
      as("clinic_app"),
      "call close_stale_appointments('2026-11-20', 10)",
    );
    expect(Number(closed?.closed)).toBeGreaterThan(10);
    expect(await queryAs(as("clinic_ro"), "select * from daily_practitioner_summary('2026-11-20')")).not.toHaveLength(
      0,
    );
    expect(
      await queryAs(as("clinic_ro"), "select * from monthly_no_show_rates('2026-01-01', '2026-06-01')"),
    ).toHaveLength(6);
    const [risk] = await queryAs<{ risk: string }>(
      as("clinic_ro"),
      "select patient_risk_score(1, '2026-11-20') as risk",
    );
    expect(Number(risk?.risk)).toBeGreaterThan(0);
    expect(Number(risk?.risk)).toBeLessThan(1);
  });

  it("makes the typical queries use the indexes and read only the partitions they ask for", async () => {
    const after = await measureClinic(master, { runs: 3 });
    const rows = compareMeasurements(before, after);
    expect(rows).toHaveLength(15);
    const planOf = (name: string) => after.find((each) => each.name === name)?.plan;
    expect(planOf("patient-search-covering")?.indexes).toEqual(["idx_patients_search"]);
    expect(planOf("patient-search-covering")?.nodes).toContain("Index Only Scan");
    expect(planOf("patient-recent-appointments")?.indexes).toContain("idx_appointments_patient_date");
    expect(planOf("notes-search")?.indexes).toContain("idx_encounters_notes_fts");
    expect(planOf("month-aggregate")?.relationsScanned).toBe(1);
    expect(planOf("practitioner-day")?.relationsScanned).toBeLessThanOrEqual(2);
  });

  it("keeps a ledger of every step, and no password in it", async () => {
    const steps = await queryAs<{ step: string; result: string; who: string }>(
      master,
      "select step, result, who from plinth.ledger order by id",
    );
    expect(steps.length).toBeGreaterThan(40);
    expect(new Set(steps.map((step) => step.result))).toEqual(new Set(["done"]));
    expect(new Set(steps.map((step) => step.who))).toEqual(new Set(["plinth_master"]));
    expect(JSON.stringify(steps)).not.toContain("secret of");
  });

  it("takes a password that was rotated in its file", async () => {
    const path = join(String(environment.PLINTH_ROLE_PASSWORDS), "clinic_ro");
    const old = readFileSync(path, "utf8");
    writeFileSync(path, "rotated");
    try {
      const rotated = await run();
      expect(rotated.output).toContain("replace password of clinic_ro");
      expect(rotated.output).not.toContain("rotated");
      expect(await queryAs({ ...as("clinic_ro"), password: "rotated" }, "select 1 as one")).toEqual([{ one: 1 }]);
    } finally {
      writeFileSync(path, old);
    }
    expect((await run()).code).toBe(0);
  });

  it("maintains partitions: a missing month is made, with the table's settings, and a second maintenance is calm", async () => {
    const [last] = await queryAs<{ name: string }>(master, LAST_MONTH);
    await queryAs(master, `drop table ${last?.name}`);
    const maintained = await run(["maintain"]);
    expect(maintained.output).toMatch(/done +maintain partitions of public.appointments in/);
    expect(maintained.code).toBe(0);
    const [remade] = await queryAs<{ options: string[] }>(
      master,
      "select reloptions as options from pg_class where oid = to_regclass($1)",
      [last?.name],
    );
    expect(remade?.options).toContain("autovacuum_analyze_scale_factor=0.01");
    const quiet = await run();
    expect(quiet.lines.at(-1)).toMatch(/^summary +0 applied/);
  });

  it("says which default partition stands in the way when maintenance cannot make a month, and does the rest", async () => {
    const [last] = await queryAs<{ name: string }>(master, LAST_MONTH);
    await queryAs(master, `drop table ${last?.name}`);
    await queryAs(
      master,
      `insert into appointments (id, appointment_date, start_time, patient_id, practitioner_id, clinic_id, reason)
       values (99999, current_date + 190, '09:00', 1, 1, 1, 'far ahead')`,
    );
    const stuck = await run(["maintain"]);
    expect(stuck.output).toContain("warning  public.appointments_default holds rows");
    expect(stuck.output).toMatch(
      /error: Maintenance failed: partitions of public.appointments \(SQLSTATE \w+\): updated partition constraint/,
    );
    expect(stuck.code).toBe(1);
    await queryAs(master, "delete from appointments_default");
    expect((await run(["maintain"])).code).toBe(0);
  });

  it("killed at any moment of the whole work, ends where an undisturbed run would", async () => {
    const connection = await createRdsLikeDatabase(postgres, "killed");
    await loadClinic(connection, { patients: 3000, appointments: 30_000, anchor: "2026-11-20" });
    for (const afterMs of [250, 600, 1000, 1500]) {
      const hook = bundle.start(connection, environment);
      await pause(afterMs);
      hook.child.kill("SIGKILL");
      await hook.ended;
    }
    const last = await bundle.run(connection, environment);
    expect(last.output).not.toMatch(/^(pending|refused|error)/m);
    expect(last.code).toBe(0);
    const shape = (config: ClientConfig) =>
      queryAs(
        config,
        `select (select count(*)::int from pg_index where not indisvalid) as invalid,
                (select count(*)::int from appointments where id <= 30000) as rows,
                (select array_agg(indexrelid::regclass::text || ' ' || pg_get_indexdef(indexrelid) order by indexrelid::regclass::text)
                 from pg_index join pg_class on pg_class.oid = indrelid
                 where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition) as indexes,
                (select count(*)::int from pg_statistic_ext) as statistics,
                (select count(*)::int from pg_proc where pronamespace = 'public'::regnamespace) as routines`,
      );
    expect(await shape(connection)).toEqual(await shape(master));
    expect((await bundle.run(connection, environment)).lines.at(-1)).toMatch(/^summary +0 applied/);
  });
});
