import type { ClientConfig } from "pg";

import type { ManifestInput } from "../../../schema/manifest/manifest-schema";
import { HookBundle } from "../../support/hook-bundle";
import { queryAs } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";

type Indexes = NonNullable<NonNullable<ManifestInput["tables"]>[number]["indexes"]>;

const wanted = (indexes: Indexes, table = "visits"): ManifestInput => ({
  version: 1,
  application: "indexes",
  tables: [{ name: table, indexes }],
});
const index = (name: string, ...keys: string[]) => ({ name, keys, purpose: "test" });

describe("indexes over their life", () => {
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;
  let bundle: HookBundle;
  const sql = (text: string) => queryAs<Record<string, unknown>>(master, text);
  const run = (manifest: ManifestInput) => bundle.run(master, { PLINTH_MANIFEST: bundle.writeManifest("m", manifest) });
  const names = async (table: string) =>
    (
      await sql(
        `select relname || case when indisvalid then '' else ' INVALID' end as name
         from pg_index join pg_class on pg_class.oid = indexrelid where indrelid = '${table}'::regclass order by 1`,
      )
    ).map((row) => row.name);

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    bundle = new HookBundle();
  });

  beforeEach(async () => {
    master = await createRdsLikeDatabase(postgres, `db${Date.now()}`);
    await sql("create table visits (id bigint not null, day date not null)");
    await sql("insert into visits select i, date '2026-01-01' + i::int % 300 from generate_series(1, 2000) as i");
  });

  afterAll(async () => {
    bundle?.dispose();
    await postgres?.stop();
  });

  it("what the manifest no longer names is dropped when the hook made it, and left when somebody else did", async () => {
    await sql("create index theirs on visits (id)");
    expect((await run(wanted([index("idx_day", "day"), index("idx_both", "day", "id")]))).code).toBe(0);
    expect(await names("visits")).toEqual(["idx_both", "idx_day", "theirs"]);
    const next = await run(wanted([index("idx_day", "day")]));
    expect(next.output).toContain("drop index public.idx_both");
    expect(await names("visits")).toEqual(["idx_day", "theirs"]);
    expect((await run(wanted([index("idx_day", "day")]))).lines.at(-1)).toMatch(/^summary +0 applied/);
  });

  it("an adopted index is not ours: it stays when the manifest lets go of it", async () => {
    await sql("create index by_day on visits (day)");
    await run(wanted([index("idx_day", "day")]));
    expect((await run(wanted([]))).lines.at(-1)).toMatch(/^summary +0 applied/);
    expect(await names("visits")).toEqual(["by_day"]);
  });

  it("one of ours that somebody made over is left to them", async () => {
    await run(wanted([index("idx_day", "day")]));
    await sql("drop index idx_day");
    await sql("create index idx_day on visits (id)");
    expect((await run(wanted([]))).code).toBe(0);
    expect(await names("visits")).toEqual(["idx_day"]);
  });

  it("the remains of an interrupted REINDEX are dropped, whatever index it was of", async () => {
    await sql("create index theirs on visits (id)");
    await sql("create index theirs_ccnew1 on visits (id)");
    await queryAs(
      postgres.connection({ ...postgres.superuser, database: master.database }),
      "update pg_index set indisvalid = false where indexrelid = 'theirs_ccnew1'::regclass",
    );
    const cleaned = await run(wanted([index("idx_day", "day")]));
    expect(cleaned.code).toBe(0);
    expect(await names("visits")).toEqual(["idx_day", "theirs"]);
  });

  describe("of a partitioned table", () => {
    const parts = (...keys: string[]) => wanted([index("idx_parts", ...keys)], "parts");
    beforeEach(async () => {
      await sql("create table parts (id bigint not null, day date not null) partition by range (day)");
      await sql("create table parts_a partition of parts for values from ('2026-01-01') to ('2026-07-01')");
      await sql("create table parts_b partition of parts for values from ('2026-07-01') to ('2027-01-01')");
      await sql("insert into parts select * from visits");
    });

    it("another definition is built whole before the old one goes", async () => {
      expect((await run(parts("day"))).code).toBe(0);
      // An event trigger is the witness: when the old parent is dropped, the new one is valid already.
      const owner = postgres.connection({ ...postgres.superuser, database: master.database });
      await queryAs(owner, "create table seen (whole boolean)");
      await queryAs(
        owner,
        `create function witness() returns event_trigger language plpgsql security definer as $$ begin
           if exists (select from pg_event_trigger_dropped_objects() where object_identity like '%idx_parts_plinth_old') then
             insert into seen select indisvalid from pg_index where indexrelid = 'public.idx_parts'::regclass;
           end if; end $$`,
      );
      await queryAs(owner, "create event trigger watch on sql_drop execute function witness()");
      const replaced = await run(parts("day desc", "id"));
      expect(replaced.code).toBe(0);
      expect(await queryAs(owner, "select whole from seen")).toEqual([{ whole: true }]);
      expect(await names("parts")).toEqual(["idx_parts"]);
      const [found] = await sql("select pg_get_indexdef('idx_parts'::regclass) as definition");
      expect(found?.definition).toContain("(day DESC, id)");
      expect(await names("parts_a")).toHaveLength(1);
      expect((await run(parts("day desc", "id"))).lines.at(-1)).toMatch(/^summary +0 applied/);
    });

    it("an equal index that a partition has already is taken instead of a second one", async () => {
      await sql("create index own_of_a on parts_a (day)");
      expect((await run(parts("day"))).code).toBe(0);
      expect(await names("parts_a")).toEqual(["own_of_a"]);
      expect(await names("parts")).toEqual(["idx_parts"]);
    });

    it("ours goes with its parts when the manifest no longer names it", async () => {
      await run(parts("day"));
      expect((await run(wanted([], "parts"))).output).toContain("drop index public.idx_parts");
      expect(await names("parts_b")).toEqual([]);
    });
  });
});
