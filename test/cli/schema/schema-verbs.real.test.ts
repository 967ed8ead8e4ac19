import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { ClientConfig } from "pg";

import type { ManifestInput } from "../../../schema/manifest/manifest-schema";
import { checkout } from "../../support/plinth";
import { queryAs } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { temporaryDirectory } from "../../support/temporary-directory";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import { waitUntil } from "../../support/wait-until";

const manifest = (keys: string[]): ManifestInput => ({
  version: 1,
  application: "visits",
  tables: [
    { name: "visits", indexes: [{ name: "idx_visits_day", keys, purpose: "counts a day" }] },
    { name: "later", indexes: [{ name: "idx_later", keys: ["id"], purpose: "comes with the next release" }] },
  ],
});

describe("plinth schema", () => {
  const directory = temporaryDirectory();
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    master = await createRdsLikeDatabase(postgres, "visits");
    await queryAs(master, "create table visits (id bigint primary key, day date not null)");
    await queryAs(
      master,
      "insert into visits select i, date '2026-01-01' + i::int % 300 from generate_series(1, 5000) i",
    );
    await queryAs(master, "analyze visits");
  });

  afterAll(async () => postgres?.stop());

  const environment = () => ({
    ...process.env,
    CI: "true",
    PGPASSWORD: String(master.password),
    PGSSLMODE: "disable",
    PLINTH_ACTOR: "a person",
    PLINTH_HOME: join(directory(), "home"),
  });
  const url = () => `postgresql://${master.user}@${master.host}:${master.port}/${master.database}`;
  const command = (verb: string[], keys: string[]) => {
    const file = join(directory(), "manifest.json");
    writeFileSync(file, JSON.stringify(manifest(keys)));
    return [join(checkout, "bin/plinth.js"), "schema", "--url", url(), "--manifest", file, ...verb];
  };
  const plinth = (verb: string[], keys = ["day"]) =>
    spawnSync(process.execPath, command(verb, keys), { encoding: "utf8", cwd: checkout, env: environment() });

  it("plan shows what would happen and exits 2, apply does it, then there is nothing to do", async () => {
    const planned = plinth(["plan"]);
    expect(planned.stderr).toBe("");
    expect(planned.status).toBe(2);
    expect(planned.stdout).toContain("+ create   index public.idx_visits_day\n             counts a day\n");
    expect(planned.stdout).toMatch(/about \d+ kB, under 1 s; lock: share update exclusive/);
    expect(planned.stdout).toMatch(/\? pending {2}index public.idx_later\n {13}table public.later does not exist yet/);
    expect(await queryAs(master, "select from pg_class where relname = 'idx_visits_day'")).toEqual([]);

    const applied = plinth(["apply"]);
    expect(applied.status).toBe(0);
    expect(applied.stderr).toContain("create   index public.idx_visits_day [1/2]");

    const again = plinth(["plan"]);
    expect(again.status).toBe(0);
    expect(again.stdout).toMatch(/1 as wanted, 1 pending, 0 refused: nothing to do/);
  });

  it("plan --json is whole, for machines", () => {
    const { stdout, status } = plinth(["plan", "--json"], ["day desc"]);
    const plan = JSON.parse(stdout) as {
      version: number;
      exitCode: number;
      steps: { action: string; object: string }[];
    };
    expect(status).toBe(2);
    expect(plan).toMatchObject({ version: 1, exitCode: 2, application: "visits" });
    expect(plan.steps.find(({ object }) => object === "index public.idx_visits_day")?.action).toBe("replace");
  });

  it("the ledger says who did what, on whose behalf, and how long it took", () => {
    const { stdout } = plinth(["ledger", "--json"]);
    const [entry] = (JSON.parse(stdout) as Record<string, unknown>[]).filter(
      ({ step }) => step === "index public.idx_visits_day",
    );
    expect(entry).toMatchObject({
      who: master.user,
      actor: "a person",
      result: "done",
      attempts: 1,
      client: "127.0.0.1",
    });
    expect(entry?.durationMs).toEqual(expect.any(Number));
    expect(plinth(["ledger"]).stdout).toMatch(/done {8}create index public.idx_visits_day/);
  });

  it("Ctrl-C cancels the running statement, says so in the ledger, and the next run goes on", async () => {
    await queryAs(
      master,
      "create function slowly(value bigint) returns bigint language plpgsql immutable as $$ begin perform pg_sleep(0.01); return value; end $$",
    );
    const child = spawn(process.execPath, command(["apply"], ["slowly(id)"]), {
      cwd: checkout,
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await waitUntil(
      "the build has begun",
      async () => (await queryAs(master, "select from pg_stat_progress_create_index")).length > 0,
    );
    child.kill("SIGINT");
    expect(await ended).not.toBe(0);
    expect(said).toMatch(/plinth: .*(57014|SIGINT)/);
    expect(await queryAs(master, "select from pg_stat_progress_create_index")).toEqual([]);
    const { stdout } = plinth(["ledger", "--json", "--limit", "1"]);
    expect(JSON.parse(stdout)).toMatchObject([{ result: "failed", sqlState: "57014" }]);
    expect(plinth(["apply"]).status).toBe(0);
    expect(plinth(["plan"]).status).toBe(0);
  });

  it.each([
    ["no such manifest", ["--manifest", "/nowhere.json"], /The schema manifest cannot be read/],
    ["a URL that is none", ["--url", "nonsense"], /'nonsense' is no URL; give postgresql:/],
    ["nobody listening", ["--url", "postgresql://me@127.0.0.1:1/x"], /did not answer within 1 s/],
  ])("%s is one clear line and exit 1", (_name, options, message) => {
    const { status, stderr } = spawnSync(process.execPath, [...command([], ["day"]), ...options, "plan"], {
      encoding: "utf8",
      cwd: checkout,
      env: { ...environment(), PLINTH_START_DEADLINE_SECONDS: "1" },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
