import type { ClientConfig } from "pg";

import type { ManifestInput } from "../../../schema/manifest/manifest-schema";
import { HookBundle } from "../../support/hook-bundle";
import { queryAs, withClient } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import { waitUntil } from "../../support/wait-until";

const wanted = (keys: string[]): ManifestInput => ({
  version: 1,
  application: "recovery",
  tables: [{ name: "visits", indexes: [{ name: "idx_visits", keys, purpose: "test" }] }],
});

/** Immutable in name only: the sleep makes building an index over it take as long as a big table's would. */
const slowFunction = (seconds: number) =>
  `create or replace function slowly(value bigint) returns bigint language plpgsql immutable
   as $$ begin perform pg_sleep(${seconds}); return value; end $$`;

describe("the hook after trouble", () => {
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;
  let bundle: HookBundle;

  const sql = (text: string) => queryAs<Record<string, unknown>>(master, text);
  const run = (manifest: ManifestInput, more: Record<string, string> = {}) =>
    bundle.run(master, { PLINTH_MANIFEST: bundle.writeManifest("m", manifest), ...more });
  const start = (manifest: ManifestInput) =>
    bundle.start(master, { PLINTH_MANIFEST: bundle.writeManifest("m", manifest) });
  const building = () =>
    waitUntil(
      "the build has begun",
      async () => (await sql("select from pg_index where indexrelid = to_regclass('idx_visits')")).length > 0,
    );
  const noRunner = () =>
    waitUntil(
      "the runner's session is gone",
      async () => (await sql("select from pg_stat_activity where application_name = 'plinth-hook'")).length === 0,
    );
  const definition = async () =>
    (
      await sql(
        "select pg_get_indexdef(indexrelid) as def, indisvalid as valid from pg_index where indrelid = 'visits'::regclass order by 1",
      )
    ).map((row) => `${String(row.def)}${row.valid === true ? "" : " INVALID"}`);

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    bundle = new HookBundle();
  });

  beforeEach(async () => {
    const database = `db${Date.now()}`;
    master = await createRdsLikeDatabase(postgres, database);
    await sql("create table visits (id bigint not null, day date not null)");
    await sql("insert into visits select i, date '2026-01-01' + i::int % 300 from generate_series(1, 2000) as i");
    await sql(slowFunction(0.01));
  });

  afterAll(async () => {
    bundle?.dispose();
    await postgres?.stop();
  });

  it("killed in the middle of a build: the invalid index is recognised, dropped and built", async () => {
    const hook = start(wanted(["slowly(id)"]));
    await building();
    hook.child.kill("SIGKILL");
    await hook.ended;
    await noRunner();
    expect(await definition()).toEqual(["CREATE INDEX idx_visits ON public.visits USING btree (slowly(id)) INVALID"]);

    await sql(slowFunction(0));
    const next = await run(wanted(["slowly(id)"]));
    expect(next.output).toContain("replace index public.idx_visits");
    expect(next.output).toContain("an invalid leftover has its name");
    expect(await definition()).toEqual(["CREATE INDEX idx_visits ON public.visits USING btree (slowly(id))"]);
    const results = await sql("select result from plinth.ledger where step = 'index public.idx_visits' order by id");
    expect(results.map((row) => row.result)).toEqual(["interrupted", "done"]);
    expect((await run(wanted(["slowly(id)"]))).lines.at(-1)).toMatch(/^summary +0 applied/);
  });

  it("died when its work was done and before it could say so: a run with nothing to do closes the ledger and makes the views", async () => {
    expect((await run(wanted(["day"]))).code).toBe(0);
    await sql("update plinth.ledger set result = 'running' where step = 'index public.idx_visits'");
    await sql("drop view plinth.index_report");
    expect((await run(wanted(["day"]))).lines.at(-1)).toMatch(/^summary +0 applied/);
    expect(await sql("select result from plinth.ledger where step = 'index public.idx_visits'")).toEqual([
      { result: "interrupted" },
    ]);
    expect(await sql("select has_table_privilege('pg_monitor', 'plinth.index_report', 'select') as readable")).toEqual([
      { readable: true },
    ]);
  });

  it("told to stop: the build is cancelled, the exit is quick and not zero, and the next run finishes", async () => {
    const hook = start(wanted(["slowly(id)"]));
    await building();
    const asked = Date.now();
    hook.child.kill("SIGTERM");
    const stopped = await hook.ended;
    expect(Date.now() - asked).toBeLessThan(3000);
    expect(stopped.code).toBe(1);
    expect(stopped.lines.at(-1)).toMatch(/error: Step "create index public.idx_visits" failed \(SQLSTATE 57014\)/);
    await noRunner();
    await sql(slowFunction(0));
    expect((await run(wanted(["slowly(id)"]))).code).toBe(0);
    expect(await definition()).toEqual(["CREATE INDEX idx_visits ON public.visits USING btree (slowly(id))"]);
  });

  it("finds a wrong definition under the right name: it is replaced, and never missing meanwhile", async () => {
    await sql("create index idx_visits on visits (id)");
    const replaced = await run(wanted(["day desc"]));
    expect(replaced.output).toContain("(it is btree (id int8_ops))");
    expect(await definition()).toEqual(["CREATE INDEX idx_visits ON public.visits USING btree (day DESC)"]);
  });

  it("finds a replacement that stopped half-way: it is finished", async () => {
    await sql("create index idx_visits on visits (id)");
    await sql("create index idx_visits_plinth_next on visits (day desc)");
    expect((await run(wanted(["day desc"]))).code).toBe(0);
    expect(await definition()).toEqual(["CREATE INDEX idx_visits ON public.visits USING btree (day DESC)"]);
  });

  it("finds the wanted index under another name: it is adopted, nothing is built", async () => {
    await sql("create index visits_by_day on visits (day)");
    const adopted = await run(wanted(["day"]));
    expect(adopted.output).toContain("adopt    index public.idx_visits: visits_by_day is the same index");
    expect(await definition()).toEqual(["CREATE INDEX visits_by_day ON public.visits USING btree (day)"]);
  });

  it("meets a transaction that will not end: it names the blocker, gives up in time, and leaves nothing that counts as done", async () => {
    await withClient({ ...master, application_name: "reporting" }, async (blocker) => {
      await blocker.query("begin");
      await blocker.query("insert into visits values (0, '2026-01-01')");
      const stuck = await run(wanted(["day"]), { PLINTH_BUILD_LOCK_SECONDS: "0.5", PLINTH_ATTEMPTS: "2" });
      expect(stuck.output).toMatch(/retry +index public.idx_visits: 55P03/);
      expect(stuck.output).toMatch(
        /blocker +pid \d+ \(plinth_master\/reporting, idle in transaction, open for \d+ s\): insert into visits/,
      );
      expect(stuck.lines.at(-1)).toContain("(SQLSTATE 55P03)");
      expect(stuck.code).toBe(1);
      await blocker.query("rollback");
    });
    expect((await run(wanted(["day"]))).code).toBe(0);
    expect(await definition()).toEqual(["CREATE INDEX idx_visits ON public.visits USING btree (day)"]);
  });

  it("meets a table that another session has locked: it says who, and does not wait for ever", async () => {
    await withClient({ ...master, application_name: "migration" }, async (blocker) => {
      await blocker.query("begin");
      await blocker.query("lock table visits in access exclusive mode");
      const stuck = await run(wanted(["day"]));
      expect(stuck.output).toMatch(/blocker +pid \d+ \(plinth_master\/migration, idle in transaction/);
      expect(stuck.lines.at(-1)).toContain("error: The catalogue could not be read (SQLSTATE 55P03)");
      expect(stuck.code).toBe(1);
      await blocker.query("rollback");
    });
  });

  it("builds the indexes of a partitioned table part by part, and finishes a half-built one", async () => {
    await sql("create table parts (id bigint not null, day date not null) partition by range (day)");
    await sql("create table parts_a partition of parts for values from ('2026-01-01') to ('2026-07-01')");
    await sql("create table parts_b partition of parts for values from ('2026-07-01') to ('2027-01-01')");
    await sql("create index idx_parts on only parts (day desc)");
    await sql("create index parts_a_idx_parts on parts_a (day desc)");
    await sql("alter index idx_parts attach partition parts_a_idx_parts");
    const manifest: ManifestInput = {
      version: 1,
      application: "recovery",
      tables: [{ name: "parts", indexes: [{ name: "idx_parts", keys: ["day desc"], purpose: "test" }] }],
    };
    const before = await sql("select 'parts_a_idx_parts'::regclass::oid as oid");
    expect((await run(manifest)).code).toBe(0);
    const valid = await sql(
      "select indexrelid::regclass::text as name, indisvalid as valid from pg_index where indexrelid::regclass::text like '%idx_parts' order by 1",
    );
    expect(valid).toEqual(
      ["idx_parts", "parts_a_idx_parts", "parts_b_idx_parts"].map((name) => ({ name, valid: true })),
    );
    expect(await sql("select 'parts_a_idx_parts'::regclass::oid as oid")).toEqual(before);
  });

  it("refuses partitions that cannot be made, with the way around, does the rest, and fails", async () => {
    await sql("alter table visits add primary key (id)");
    await sql("create table notes (visit_id bigint references visits (id))");
    const refused = await run({
      version: 1,
      application: "recovery",
      tables: [
        {
          name: "visits",
          partition: { column: "day" },
          indexes: [{ name: "idx_visits", keys: ["day"], purpose: "test" }],
        },
      ],
    });
    expect(refused.output).toMatch(
      /refused +partitions of public.visits by day every 1 month: notes refers to it by notes_visit_id_fkey/,
    );
    expect(refused.output).toContain("unique index visits_pkey lacks day");
    expect(refused.output).toContain("create index public.idx_visits");
    expect(refused.lines.at(-1)).toContain("error: 1 object is refused; everything else is applied");
    expect(refused.code).toBe(1);
  });

  it("carries serial numbers, comments, checks, privileges and foreign indexes over into partitions", async () => {
    await sql(
      "create table kept (id bigserial, day date not null, primary key (id, day), amount int check (amount > 0), twice int generated always as (amount * 2) stored)",
    );
    await sql("comment on table kept is 'it''s kept'");
    await sql("grant select on kept to public");
    await sql("create index somebody_elses on kept (amount)");
    await sql("insert into kept (day, amount) select date '2026-01-01' + i, i + 1 from generate_series(0, 99) as i");
    const converted = await run({
      version: 1,
      application: "recovery",
      tables: [{ name: "kept", partition: { column: "day" } }],
    });
    expect(converted.code).toBe(0);
    const [kept] = await sql(
      `select obj_description('kept'::regclass) as comment, has_table_privilege('pg_monitor', 'kept', 'select') as readable,
              (select count(*)::int from kept) as rows, (select sum(twice)::int from kept) as twice,
              (select indisvalid from pg_index where indexrelid = 'somebody_elses'::regclass) as indexed,
              pg_get_serial_sequence('kept', 'id') as sequence`,
    );
    expect(kept).toEqual({
      comment: "it's kept",
      readable: true,
      rows: 100,
      twice: 10_100,
      indexed: true,
      sequence: "public.kept_id_seq",
    });
    expect(await sql("insert into kept (day, amount) values ('2026-02-02', 5) returning id::int")).toEqual([
      { id: 101 },
    ]);
    await expect(sql("insert into kept (day, amount) values ('2026-02-02', 0)")).rejects.toMatchObject({
      code: "23514",
    });
  });
});
