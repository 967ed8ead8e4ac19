import type { ClientConfig } from "pg";

import { abortConversion } from "../../../schema/convert/abort";
import { queryAs, withClient } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import { waitUntil } from "../../support/wait-until";
import { BusyWriters, differences, type BusyTable } from "./busy-writers";
import { SUBSTEPS, convert, kill, makeVisits, shapeOf, type ConversionOptions } from "./converting";

const CUT_OVER = SUBSTEPS.indexOf("cut-over");

describe("a conversion whose runner is killed", () => {
  let postgres: ThrowawayPostgres;
  let made = 0;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  const sql = (on: ClientConfig, text: string) => queryAs<Record<string, unknown>>(on, text);
  const newDatabase = () => createRdsLikeDatabase(postgres, `killed${++made}`);
  const abort = (on: ClientConfig) =>
    withClient(on, (client) => abortConversion(client, { schema: "public", name: "visits" }));
  const killedAt = async (on: ClientConfig, options: ConversionOptions) => {
    const run = await convert(on, options);
    expect(String(run.error)).toMatch(/terminat|connection|ECONNRESET/i);
    // The killed session's locks go with it.
    await waitUntil(
      "the session is gone",
      async () =>
        (
          await sql(
            on,
            "select from pg_stat_activity where query like '%plinth.conversion%' and pid <> pg_backend_pid()",
          )
        ).length === 0,
    );
    return run;
  };
  const equal = async (on: ClientConfig, table: BusyTable) =>
    withClient(on, async (client) => expect(await differences(client, table)).toBe(0));

  it("at every boundary, one after the other, under writes: each run goes on where the last one was, to the same end", async () => {
    const undisturbed = await newDatabase();
    await makeVisits(undisturbed, 3000);
    expect((await convert(undisturbed)).error).toBeNull();

    const master = await newDatabase();
    const table = await makeVisits(master, 3000);
    const writers = new BusyWriters(master, table, 3, 10);
    const repeated: string[] = [];
    try {
      for (const name of SUBSTEPS)
        for (const when of ["before", "after"] as const) {
          const run = await convert(master, {
            around: async (step, at, pid) => {
              if (step === name && at === when) await kill(master, pid);
            },
          });
          if (name === "removal of the old table" && when === "after") continue;
          expect(String(run.error)).toMatch(/terminat|connection|ECONNRESET/i);
          if (when === "after")
            repeated.push(...run.ran.filter((ran) => SUBSTEPS.indexOf(ran) < SUBSTEPS.indexOf(name)));
        }
    } finally {
      await writers.stop();
    }
    expect(writers.errors).toEqual([]);
    // Only what is past the cut-over asks again whether something is left to do.
    expect(repeated.filter((name) => SUBSTEPS.indexOf(name) < CUT_OVER)).toEqual([]);
    await equal(master, table);
    expect(await shapeOf(master)).toEqual(await shapeOf(undisturbed));
    expect(await sql(master, "select phase from plinth.conversion")).toEqual([{ phase: "done" }]);
  });

  it("in the middle of copying, of building indexes and of catching up: no row is lost or doubled", async () => {
    const master = await newDatabase();
    const table = await makeVisits(master, 20_000);
    const writers = new BusyWriters(master, table, 3, 10);
    try {
      await killedAt(master, { killInside: { name: "copy of the rows", progress: 2 } });
      await killedAt(master, { killInside: { name: "copy of the rows", progress: 1 } });
      const [cursor] = await sql(master, "select cursor is not null as moved, phase from plinth.conversion");
      expect(cursor).toEqual({ moved: true, phase: "logging" });
      await killedAt(master, { killInside: { name: "indexes", progress: 3 } });
      await killedAt(master, { killInside: { name: "indexes", progress: 40 } });
      expect((await convert(master)).error).toBeNull();
    } finally {
      await writers.stop();
    }
    expect(writers.errors).toEqual([]);
    await equal(master, table);
  });

  it("at every phase before the cut-over, can be taken back to the start, and begun again", async () => {
    const master = await newDatabase();
    const table = await makeVisits(master, 3000);
    expect(await abort(master)).toBe(false);
    const before = await shapeOf(master);
    const writers = new BusyWriters(master, table, 3, 10);
    try {
      for (const name of SUBSTEPS.slice(0, CUT_OVER)) {
        await convert(master, {
          around: async (step, at, pid) => {
            if (step === name && at === "after") await kill(master, pid);
          },
        });
        expect(await abort(master)).toBe(true);
        expect(await abort(master)).toBe(false);
        expect(await shapeOf(master)).toEqual(before);
      }
      expect((await convert(master)).error).toBeNull();
    } finally {
      await writers.stop();
    }
    expect(writers.errors).toEqual([]);
    await equal(master, table);
    const phases = await sql(master, "select phase, count(*)::int as n from plinth.conversion group by 1 order by 1");
    expect(phases).toEqual([
      { phase: "aborted", n: CUT_OVER },
      { phase: "done", n: 1 },
    ]);
  });

  it("in the middle of taking it back, is taken back by the next attempt", async () => {
    const master = await newDatabase();
    await makeVisits(master, 3000);
    const before = await shapeOf(master);
    await killedAt(master, { killInside: { name: "indexes", progress: 60 } });
    for (let statements = 3; ; statements += 2) {
      let ran = 0;
      const finished = await withClient(master, async (client) => {
        // Ends like a killed process: the statement after the n-th never comes.
        const query = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<never>;
        const dying = {
          query: (text: string, values?: unknown[]) => {
            if (++ran > statements) throw new Error("killed");
            return query(text, values);
          },
        };
        return abortConversion(dying as unknown as typeof client, { schema: "public", name: "visits" }).then(
          () => true,
          (error: unknown) => {
            expect(String(error)).toBe("Error: killed");
            return false;
          },
        );
      });
      if (finished) break;
    }
    expect(await shapeOf(master)).toEqual(before);
  });

  it("after the cut-over, cannot be taken back, and the next run removes the old table", async () => {
    const master = await newDatabase();
    const table = await makeVisits(master, 3000);
    await convert(master, {
      around: async (step, at, pid) => {
        if (step === "cut-over" && at === "after") await kill(master, pid);
      },
    });
    await expect(abort(master)).rejects.toThrow("there is no way back");
    expect(await sql(master, "select to_regclass('visits_plinth_old') is not null as old")).toEqual([{ old: true }]);
    const run = await convert(master);
    expect(run.error).toBeNull();
    expect(run.ran).toEqual(["removal of the old table"]);
    expect(await sql(master, "select to_regclass('visits_plinth_old') is not null as old")).toEqual([{ old: false }]);
    await equal(master, table);
  });
});
