import type { ClientConfig } from "pg";

import { tableSchema } from "../../../schema/manifest/manifest-schema";
import { queryAs, withClient } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import { BusyWriters } from "./busy-writers";
import { convert, kill, makeVisits } from "./converting";

const message = (error: unknown) => String(error);

describe("a conversion that must not go on", () => {
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;
  let made = 0;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
  });
  beforeEach(async () => {
    master = await createRdsLikeDatabase(postgres, `refused${++made}`);
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  const sql = (text: string) => queryAs<Record<string, unknown>>(master, text);
  const kindOf = async () =>
    (await sql("select relkind::text as kind from pg_class where oid = 'visits'::regclass"))[0]?.kind;

  it.each([
    ["a changed row", "update visits_p2025_03 set note = note || '!' where id = (select min(id) from visits_p2025_03)"],
    ["a missing row", "delete from visits_p2025_03 where id = (select min(id) from visits_p2025_03)"],
    ["a row too many", "insert into visits_p2025_03 (id, owner, day, patient_id) values (99999, 1, '2025-03-03', 1)"],
  ])("stops before the cut-over when the copy has %s, and names the partition", async (_what, falsify) => {
    await makeVisits(master, 2000);
    const run = await convert(master, {
      around: async (name, when) => {
        if (name === "proof" && when === "before") await sql(falsify);
      },
    });
    expect(message(run.error)).toMatch(/The copy of "public"."visits" is not what the table is: visits_p2025_03 has/);
    expect(message(run.error)).toContain("1 of ");
    expect(await kindOf()).toBe("r");
    expect(await sql("select count(*)::int as n from visits")).toEqual([{ n: 2000 }]);
  });

  it("waits for a long reader without making anybody else wait, then names it and goes on in the next run", async () => {
    const table = await makeVisits(master, 2000);
    const writers = new BusyWriters(master, table, 2, 10);
    await withClient({ ...master, application_name: "month-end report" }, async (reader) => {
      await reader.query("begin; select count(*) from visits");
      const began = Date.now();
      const run = await convert(master, { budgets: { cutOverAttempts: 6 } });
      expect(message(run.error)).toMatch(
        /No moment was found to put the partitions in the place of "public"."visits": 6 attempts/,
      );
      expect(message(run.error)).toContain("month-end report");
      expect(run.ran.at(-1)).toBe("foreign keys");
      expect(writers.worst(began)).toBeLessThan(500);
      await reader.query("commit");
    });
    const next = await convert(master);
    await writers.stop();
    expect(next.error).toBeNull();
    expect(next.ran[0]).toBe("cut-over");
    expect(writers.errors).toEqual([]);
    expect(await kindOf()).toBe("p");
  });

  it("gets through as soon as the long reader ends, in the same run", async () => {
    await makeVisits(master, 2000);
    await withClient(master, async (reader) => {
      await reader.query("begin; select count(*) from visits");
      let ended: Promise<unknown> = Promise.resolve();
      const run = await convert(master, {
        around: async (name, when) => {
          if (name === "cut-over" && when === "before")
            ended = new Promise((done) => setTimeout(done, 1500)).then(() => reader.query("commit"));
        },
      });
      await ended;
      expect(run.error).toBeNull();
    });
    expect(await kindOf()).toBe("p");
  });

  it("is refused without a key, and nothing is made", async () => {
    await makeVisits(master, 100);
    await sql("alter table visits drop constraint visits_pkey; drop index visits_unique");
    const run = await convert(master);
    expect(message(run.error)).toContain("it has no key");
    expect(await sql("select to_regclass('visits_plinth_next') is null as none")).toEqual([{ none: true }]);
  });

  it("stops when the columns were changed meanwhile, and says how to take it back", async () => {
    await makeVisits(master, 100);
    const run = await convert(master, {
      around: async (name, when) => {
        if (name === "foreign keys" && when === "after") await sql("alter table visits add column added int");
      },
    });
    expect(message(run.error)).toContain("The columns of public.visits were changed");
    expect(message(run.error)).toContain("plinth schema abort public.visits");
    expect(await kindOf()).toBe("r");
  });

  it("stops when the manifest wants other partitions than those begun", async () => {
    await makeVisits(master, 100);
    await convert(master, {
      around: async (name, when, pid) => {
        if (name === "indexes" && when === "before") await kill(master, pid);
      },
    });
    const weekly = tableSchema.parse({ name: "visits", partition: { column: "day", interval: "1 week" } });
    const run = await convert(master, { table: weekly });
    expect(message(run.error)).toContain("was begun for other partitions");
    expect(message(run.error)).toContain("plinth schema abort public.visits");
  });
});
