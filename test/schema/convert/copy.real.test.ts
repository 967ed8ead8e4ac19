import type { Client } from "pg";
import { type ClientConfig } from "pg";

import { tableSchema } from "../../../schema/manifest/manifest-schema";
import { queryAs, withClient } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import { BusyWriters, differences } from "./busy-writers";
import { SUBSTEPS, convert, makeVisits, shapeOf, wantedVisits } from "./converting";

describe("a table that becomes partitioned by a copy", () => {
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;
  let made = 0;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
  });
  beforeEach(async () => {
    master = await createRdsLikeDatabase(postgres, `copy${++made}`);
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  const sql = (text: string) => queryAs<Record<string, unknown>>(master, text);

  it("loses nothing, doubles nothing and disturbs nobody while sessions insert, update, move and delete rows", async () => {
    const table = await makeVisits(master, 30_000);
    const writers = new BusyWriters(master, table, 4, 8);
    const run = await convert(master).finally(() => new Promise((done) => setTimeout(done, 300)));
    await writers.stop();
    expect(run.error).toBeNull();
    expect(run.ran).toEqual(SUBSTEPS);
    expect(writers.errors).toEqual([]);
    expect(writers.count).toBeGreaterThan(300);
    await withClient(master, async (client: Client) => {
      expect(await differences(client, table)).toBe(0);
    });
    const [state] = await sql(
      `select phase, finished is not null as finished, rows_copied >= 29000 as copied, changes_drained > 0 as drained,
              jsonb_array_length(proofs) > 20 as proofs from plinth.conversion`,
    );
    expect(state).toEqual({ phase: "done", finished: true, copied: true, drained: true, proofs: true });
    expect(run.details.get("proof")).toMatch(
      /^\d+ rows in \d+ partitions: counts and checksums equal; .*visits_p2025_01/,
    );
  });

  it("leaves the successor with every index, constraint and name that the table had, and the manifest's indexes", async () => {
    await makeVisits(master, 1000);
    expect((await convert(master)).error).toBeNull();
    const indexes = await sql(
      "select indexrelid::regclass::text as name from pg_index where indrelid = 'visits'::regclass order by 1",
    );
    expect(indexes.map(({ name }) => name)).toEqual([
      "idx_visits_note",
      "visits_patient",
      "visits_pkey",
      "visits_unique",
    ]);
    const constraints = await sql(
      "select conname::text as name, contype::text as type, convalidated as valid from pg_constraint where conrelid = 'visits'::regclass order by 1",
    );
    expect(constraints).toEqual([
      { name: "visits_note_short", type: "c", valid: true },
      { name: "visits_patient_fkey", type: "f", valid: true },
      { name: "visits_pkey", type: "p", valid: true },
    ]);
    expect(await sql("select count(*)::int as n from pg_index where not indisvalid")).toEqual([{ n: 0 }]);
    expect(
      await sql("insert into visits (owner, day, patient_id) values (1, '2025-02-02', 1) returning id::int, note"),
    ).toEqual([{ id: 1001, note: "none" }]);
    await expect(
      sql("insert into visits (owner, day, patient_id) values (1, '2025-02-02', 9999)"),
    ).rejects.toMatchObject({
      code: "23503",
    });
    await expect(sql("delete from patients where id = 1")).rejects.toMatchObject({ code: "23503" });
    const left = JSON.stringify(await shapeOf(master));
    expect(left).not.toMatch(/plinth_(next|old)|plinth_log|change_/);
    expect(left).toContain("template_public_visits");
    expect(
      await sql("select parent_table as parent, automatic_maintenance as upkeep, premake from partman.part_config"),
    ).toEqual([{ parent: "public.visits", upkeep: "on", premake: 2 }]);
    await sql("select partman.run_maintenance('public.visits')");
  });

  it("carries rows that come far ahead of time, at the ends of time, and with another key than they had", async () => {
    await makeVisits(master, 3000);
    await sql("insert into visits (owner, day, patient_id) values (1, 'infinity', 1), (1, '9999-12-31', 1)");
    const run = await convert(master, {
      around: async (name, when) => {
        if (when === "after" && name === "copy of the rows")
          await sql(
            `insert into visits (owner, day, patient_id) values (1, '2031-05-05', 1);
             update visits set id = -id, day = day + 1 where id between 1 and 50;
             delete from visits where id between 51 and 60`,
          );
        if (when === "before" && name === "copy of the rows")
          await sql("update visits set id = id + 100000 where id between 100 and 120");
      },
    });
    expect(run.error).toBeNull();
    expect(
      await sql(
        `select count(*)::int as rows, count(*) filter (where id < 0)::int as negative, count(*) filter (where id > 100000)::int as moved,
                count(*) filter (where day > '2031-01-01')::int as ahead from visits`,
      ),
    ).toEqual([{ rows: 2993, negative: 50, moved: 21, ahead: 3 }]);
  });

  it("follows a TRUNCATE: what came before is gone, what came after is there", async () => {
    await makeVisits(master, 3000);
    for (const at of ["copy of the rows", "indexes", "proof"]) {
      await sql(
        "drop table if exists visits cascade; drop table if exists visits_oracle, patients; delete from partman.part_config",
      );
      await makeVisits(master, 3000);
      const run = await convert(master, {
        around: async (name, when) => {
          if (when === "after" && name === at)
            await sql(
              `update visits set note = 'before' where id < 10; truncate visits;
               insert into visits (id, owner, day, patient_id) values (5, 1, '2025-03-03', 1), (7000, 1, '2025-03-04', 1)`,
            );
        },
      });
      expect(run.error).toBeNull();
      expect(await sql("select id::int from visits order by 1")).toEqual([{ id: 5 }, { id: 7000 }]);
    }
  });

  it("finds rows again by composite keys of other types, in schemas and names that need quotes", async () => {
    await sql(
      `create schema "My App";
       create table "My App"."Odd Name" ("Code" varchar(20) collate "C" not null, at timestamptz not null, "group" uuid not null,
         price numeric(12, 4), tags text[], doc jsonb, primary key ("group", "Code", at));
       insert into "My App"."Odd Name" select 'c''"' || i, timestamptz '2026-01-01' + i * interval '5 hours', md5((i % 7)::text)::uuid, i / 3.0,
         array['a', 'b,"c'], jsonb_build_object('k', i) from generate_series(1, 2000) i;
       create index "Odd Index" on "My App"."Odd Name" ("Code" desc) where price > 10`,
    );
    const odd = {
      ...tableSchema.parse({ name: "odd", schema: "my", partition: { column: "at", premake: 2 } }),
      name: "Odd Name",
      schema: "My App",
    };
    const before = await sql(
      `select sum(hashtextextended(t::text, 0)::numeric) as sum, count(*) as n from "My App"."Odd Name" t`,
    );
    const run = await convert(master, {
      table: odd,
      around: async (name, when) => {
        if (when === "after" && name === "copy of the rows")
          await sql(`update "My App"."Odd Name" set price = price + 0, at = at + interval '40 days' where "Code" like '%7';
                     update "My App"."Odd Name" set at = at - interval '40 days' where "Code" like '%7'`);
      },
    });
    expect(run.error).toBeNull();
    expect(
      await sql(`select sum(hashtextextended(t::text, 0)::numeric) as sum, count(*) as n from "My App"."Odd Name" t`),
    ).toEqual(before);
    expect(await sql(`select relkind::text as kind from pg_class where oid = '"My App"."Odd Name"'::regclass`)).toEqual(
      [{ kind: "p" }],
    );
    expect(await sql(`select pg_get_indexdef('"My App"."Odd Index"'::regclass) ~ 'price > ' as same`)).toEqual([
      { same: true },
    ]);
  });

  it("converts an empty table, and refuses more partitions than the server has room for", async () => {
    await makeVisits(master, 0);
    expect((await convert(master)).error).toBeNull();
    await sql("drop table visits, visits_oracle, patients; delete from partman.part_config");
    await makeVisits(master, 0);
    await sql("insert into visits (owner, day, patient_id) values (1, '1816-01-01', 1)");
    const run = await convert(master, { table: wantedVisits });
    expect(String(run.error)).toMatch(/would need 2\d{3} partitions of 1 month/);
    expect(String(run.error)).toContain("wider interval");
  });
});
