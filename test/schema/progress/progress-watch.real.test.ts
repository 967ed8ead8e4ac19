import { Client } from "pg";

import type { Progress } from "../../../schema/apply/perform";
import { ProgressWatch } from "../../../schema/progress/progress-watch";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import { waitUntil } from "../../support/wait-until";

describe("watching a session from a second one", () => {
  let postgres: ThrowawayPostgres;
  let runner: Client;
  let pid: number;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    runner = new Client(postgres.superuser);
    await runner.connect();
    const { rows } = await runner.query<{ pid: number }>("select pg_backend_pid() as pid");
    pid = rows[0]?.pid ?? 0;
    await runner.query("create table visits (id bigint not null)");
    await runner.query("insert into visits select generate_series(1, 300)");
    await runner.query(
      "create function slowly(value bigint) returns bigint language plpgsql immutable as $$ begin perform pg_sleep(0.005); return value; end $$",
    );
  });

  afterAll(async () => {
    await runner?.end();
    await postgres?.stop();
  });

  it("tells the phase of a running index build", async () => {
    const seen: Progress[] = [];
    await ProgressWatch.over(
      postgres.superuser,
      pid,
      (progress) => seen.push(progress),
      () => runner.query("create index concurrently on visits (slowly(id))"),
    );
    expect(seen.map(({ phase }) => phase)).toContainEqual(expect.stringMatching(/^building index: building index/));
  });

  it("measures what was waited for a lock, once", async () => {
    const holder = new Client(postgres.superuser);
    await holder.connect();
    const waited = await ProgressWatch.over(
      postgres.superuser,
      pid,
      () => undefined,
      async (watch) => {
        await holder.query("begin; lock table visits in access exclusive mode");
        const blocked = runner.query("select count(*) from visits");
        const begun = Date.now();
        await waitUntil("the wait is a second long", async () => Date.now() - begun > 1000);
        await holder.query("commit");
        await blocked;
        return [watch.takeLockWaitMs(), watch.takeLockWaitMs()];
      },
    );
    await holder.end();
    expect(waited[0]).toBeGreaterThan(600);
    expect(waited[0]).toBeLessThan(3000);
    expect(waited[1]).toBe(0);
  });

  it("goes blind without disturbing the work when its own session is ended", async () => {
    const result = await ProgressWatch.over(
      postgres.superuser,
      pid,
      () => undefined,
      async () => {
        await runner.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plinth-progress'",
        );
        const { rows } = await runner.query<{ two: number }>("select 1 + 1 as two, pg_sleep(0.6)");
        return rows[0]?.two;
      },
    );
    expect(result).toBe(2);
  });
});
