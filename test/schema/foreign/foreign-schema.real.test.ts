import { spawnSync } from "node:child_process";
import { join } from "node:path";

import type { ClientConfig } from "pg";

import { catalogueDifferences, catalogueOf } from "../../../proof/hook/crash/catalogue";
import type { ManifestInput } from "../../../schema/manifest/manifest-schema";
import { HookBundle, type HookRun } from "../../support/hook-bundle";
import { checkout } from "../../support/plinth";
import { queryAs } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import { foreignManifest } from "./foreign-manifest";
import { loadForeignSchemas, storeSessions, withBoss } from "./foreign-schemas";

/** What the hook may have added: its own schema, and indexes that the manifest names or that are parts of those. */
const OURS =
  /\bplinth\b|IDX_session_User|VisitorSession_Sid|Job_Failed_At|archive_by_name|subscription_name|event_1_type|event_1_0_recent|_plinth_|j[0-9a-f]{53}_[0-9a-f]{8}\b/;

/** Of the two tables that are converted. */
const CONVERTED = /pgboss\.archive|"kioskApp"\."VisitorSession|"kioskApp"\."IDX_session_expire"|template_/;

describe("the hook on schemas that are not ours", () => {
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;
  let bundle: HookBundle;
  let manifest: ManifestInput;
  let untouched: string[];

  const file = () => bundle.writeManifest("foreign", manifest);
  const apply = (): Promise<HookRun> => bundle.run(master, { PLINTH_MANIFEST: file() });
  const count = async (table: string) =>
    (await queryAs<{ rows: number }>(master, `select count(*)::int as rows from ${table}`))[0]?.rows ?? 0;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    bundle = new HookBundle();
    master = await createRdsLikeDatabase(postgres, "foreign_schemas");
    await loadForeignSchemas(postgres.connection({ database: "foreign_schemas" }), master);
    const [queue] = await queryAs<{ partition: string }>(
      master,
      "select partition_name as partition from pgboss.queue where name = 'reminders'",
    );
    manifest = foreignManifest(queue?.partition ?? "");
    untouched = await catalogueOf(master);
  });

  afterAll(async () => {
    bundle?.dispose();
    await postgres?.stop();
  });

  it("plans: their indexes are kept by meaning, or adopted under their own names; only what is new is created", () => {
    const { user, host, port, database, password } = master;
    const url = `postgresql://${user}@${host}:${port}/${database}`;
    const planned = spawnSync(
      process.execPath,
      [join(checkout, "bin/plinth.js"), "schema", "--url", url, "--manifest", file(), "plan"],
      {
        encoding: "utf8",
        cwd: checkout,
        env: {
          ...process.env,
          CI: "true",
          PGPASSWORD: String(password),
          PGSSLMODE: "disable",
          PLINTH_HOME: bundle.directory,
        },
      },
    );
    expect(planned.stderr).toBe("");
    const indexes = planned.stdout.match(/(create|replace|adopt|refused|pending) +index \S+/g) ?? [];
    expect(indexes.map((line) => line.replace(/ +/g, " ")).sort()).toEqual([
      "adopt index pgboss.reminders_singletons",
      "create index kioskApp.VisitorSession_Sid",
      "create index pgboss.Job_Failed_At",
      "create index pgboss.archive_by_name",
      "create index pgboss.subscription_name",
      "create index pgq.event_1_0_recent",
      "create index pgq.event_1_type",
      "create index webApp.IDX_session_User",
    ]);
    // 1: something is refused; 2 would be changes alone.
    expect(planned.status).toBe(1);
  });

  it("applies: expression, partial, mixed case, list partitions, inheritance, composite keys; four tables are refused with their ways out", async () => {
    const applied = await apply();
    expect(
      applied.lines.filter((line) => line.startsWith("refused")).map((line) => line.replace(/^refused +/, "")),
    ).toEqual([
      'partitions of webApp.UserSession by expire every 1 month: unique index "webApp".session_pkey lacks expire (CREATE UNIQUE INDEX session_pkey ON "webApp"."UserSession" USING btree (sid)): build a unique index that has it, make that the constraint, and drop "webApp".session_pkey',
      expect.stringContaining('unique index "kioskApp".session_pkey lacks expire'),
      expect.stringContaining("unique index pgboss.archive_pkey lacks archived_on"),
      "partitions of pgq.event_1_0 by ev_time every 1 month: it takes part in inheritance with pgq.event_1: end that first",
    ]);
    expect(applied.lines.at(-1)).toContain("4 objects are refused; everything else is applied");
    const added = catalogueDifferences(await catalogueOf(master), untouched);
    expect(added.filter((line) => !OURS.test(line))).toEqual([]);
    expect(added.filter((line) => line.startsWith("missing"))).toEqual([]);
    expect(added).toContain(
      `unexpected: CREATE INDEX "Job_Failed_At" ON ONLY pgboss.job USING btree (completed_on DESC) WHERE (state = 'failed'::pgboss.job_state);`,
    );
  });

  it("does nothing the second time", async () => {
    const again = await apply();
    expect(again.output).toMatch(/summary +0 applied, \d+ as wanted, 1 adopted, 0 pending, 4 refused/);
  });

  it("partitions a table live once its refusal's plan was followed, mixed case or not, while its application goes on", async () => {
    await queryAs(master, "create unique index concurrently archive_key on pgboss.archive (name, id, archived_on)");
    await queryAs(
      master,
      "alter table pgboss.archive drop constraint archive_pkey, add constraint archive_pkey primary key using index archive_key",
    );
    await queryAs(
      master,
      `alter table "kioskApp"."VisitorSession" drop constraint session_pkey, add constraint session_pkey primary key (sid, expire)`,
    );
    const archived = await count("pgboss.archive");
    let finished = false;
    let ended = 0;
    const hook = apply().finally(() => (finished = true));
    await withBoss(master, async (boss) => {
      while (!finished || ended === 0) {
        const [job] = (await boss.fetch("reminders")) ?? [];
        if (job === undefined) await boss.send("reminders", {});
        else {
          await boss.complete("reminders", job.id);
          await queryAs(
            master,
            "update pgboss.job set completed_on = now() - interval '5 minutes' where state = 'completed'",
          );
          await boss.archive();
          ended++;
        }
      }
    });
    const run = await hook;
    expect(run.output).toMatch(/done +\[\d\/\d\] create partitions of pgboss\.archive by archived_on every 1 month/);
    expect(run.output).toMatch(
      /done +\[\d\/\d\] create partitions of kioskApp\.VisitorSession by expire every 1 month/,
    );
    expect(run.lines.at(-1)).toContain("2 objects are refused");
    expect(await count("pgboss.archive")).toBe(archived + ended);
    expect(await count('"kioskApp"."VisitorSession"')).toBe(200);
    const strategy = await queryAs(
      master,
      "select partrelid::regclass::text as name, partstrat as strategy from pg_partitioned_table order by 1",
    );
    expect(strategy).toEqual([
      { name: '"kioskApp"."VisitorSession"', strategy: "r" },
      { name: "pgboss.archive", strategy: "r" },
      { name: "pgboss.job", strategy: "l" },
    ]);
  });

  it("has changed nothing else of theirs in the end, and their programs still work", async () => {
    expect((await apply()).output).toMatch(/summary +0 applied/);
    const differences = catalogueDifferences(await catalogueOf(master), untouched);
    expect(differences.filter((line) => !OURS.test(line) && !CONVERTED.test(line))).toEqual([]);
    await storeSessions(master, "webApp", "UserSession", 3);
    expect(await count('"webApp"."UserSession"')).toBe(200);
    const superuser = postgres.connection({ database: "foreign_schemas" });
    await queryAs(superuser, "select pgq.insert_event('lab results', 'arrived', 'the last one')");
    expect(await count("pgq.event_1")).toBe(501);
  });
});
