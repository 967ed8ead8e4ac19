import { Client } from "pg";
import { exporterQueries } from "../../../infra/observability/exporter-queries";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";

describe("the exporter's queries on a real server", () => {
  let server: ThrowawayPostgres;
  let client: Client;

  beforeAll(async () => {
    server = await startThrowawayPostgres();
    const owner = new Client(server.superuser);
    await owner.connect();
    await owner.query("create extension pg_stat_statements");
    await owner.query("create role watcher login password 'watcher' in role pg_monitor");
    await owner.query("create schema plinth");
    await owner.query("grant usage on schema plinth to pg_monitor");
    await owner.query("create table plinth.ledger (id bigint generated always as identity, step text, result text)");
    await owner.query("grant select on plinth.ledger to pg_monitor");
    await owner.query("create table visits (id bigint, day date not null) partition by range (day)");
    await owner.query("create table visits_default partition of visits default");
    await owner.query(
      "do $$ begin execute format('create table visits_now partition of visits for values from (%L) to (%L)', current_date, current_date + 40); end $$",
    );
    await owner.end();
    client = new Client(server.connection({ user: "watcher", password: "watcher" }));
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  async function rowOf(name: string): Promise<Record<string, unknown> | undefined> {
    const { rows } = await client.query<Record<string, unknown>>(exporterQueries[name]?.query ?? "");
    expect(rows.length).toBeLessThanOrEqual(1);
    return rows[0];
  }

  test.each(Object.keys(exporterQueries))(
    "%s gives a monitoring role one number for each of its metrics",
    async (name) => {
      const row = await rowOf(name);
      expect(Object.keys(row ?? {}).sort()).toEqual(Object.keys(exporterQueries[name]?.metrics ?? {}).sort());
      for (const value of Object.values(row ?? {})) expect(Number(value)).toBeGreaterThanOrEqual(0);
    },
  );

  test("the horizon is the end of the last partition, and a default partition is no horizon", async () => {
    expect(Number((await rowOf("plinth_partitions"))?.["horizon_days"])).toBeCloseTo(39.5, -1);
  });

  test("a step that failed and has not succeeded since is counted once", async () => {
    const owner = new Client(server.superuser);
    await owner.connect();
    try {
      await owner.query(
        "insert into plinth.ledger (step, result) values ('a', 'failed'), ('a', 'done'), ('b', 'done'), ('b', 'failed'), ('c', 'interrupted')",
      );
    } finally {
      await owner.end();
    }
    expect(Number((await rowOf("plinth_hook"))?.["failed_steps"])).toBe(2);
  });
});
