import type { ClientConfig } from "pg";

import { queryAs } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import { partitionBlockers } from "../../../schema/plan/inspect/partition-blockers";
import { withClient } from "../../support/query-as";
import { convert, makeVisits } from "./converting";

describe("what hangs on a table that becomes partitioned", () => {
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;
  let made = 0;
  const sql = (text: string) => queryAs<Record<string, unknown>>(master, text);
  const blockers = () =>
    withClient(master, async (client) =>
      (await partitionBlockers(client, "visits", "day")).map(({ kind, name }) => `${kind} ${name}`),
    );

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
  });
  beforeEach(async () => {
    master = await createRdsLikeDatabase(postgres, `carry${++made}`);
    await makeVisits(master, 500);
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  it("triggers go on firing, once, and as enabled as they were", async () => {
    await sql(`
      create table audit (at text, id bigint);
      create function note_it() returns trigger language plpgsql as $$ begin
        insert into audit values (tg_name || ' ' || tg_op || ' ' || tg_table_name, coalesce(new.id, old.id)); return null; end $$;
      create function stamp() returns trigger language plpgsql as $$ begin new.note := coalesce(new.note, 'stamped'); return new; end $$;
      create trigger audit_row after insert or delete on visits for each row execute function note_it();
      create trigger stamp_row before insert on visits for each row execute function stamp();
      create trigger audit_off after update on visits for each row execute function note_it();
      alter table visits disable trigger audit_off`);
    expect(await blockers()).toEqual([]);
    expect((await convert(master)).error).toBeNull();
    expect(await sql("select * from audit")).toEqual([]);
    const [row] = await sql(
      "insert into visits (owner, day, patient_id, note) values (1, '2025-02-02', 1, null) returning id, note",
    );
    expect(row?.note).toBe("stamped");
    await sql(`update visits set owner = 2 where id = ${String(row?.id)}`);
    await sql(`delete from visits where id = ${String(row?.id)}`);
    expect((await sql("select at from audit")).map(({ at }) => at)).toEqual([
      expect.stringMatching(/^audit_row INSERT visits/),
      expect.stringMatching(/^audit_row DELETE visits/),
    ]);
  });

  it("views, and views on views, answer from the partitions, with their options", async () => {
    await sql(`
      create view recent with (security_barrier = true) as select id, day, note from visits where day >= '2025-06-01' with local check option;
      create view recent_days as select day, count(*)::int as visits from recent group by day;
      grant select on recent to pg_monitor`);
    const before = await sql("select sum(visits)::int as n from recent_days");
    expect(await blockers()).toEqual([]);
    expect((await convert(master)).error).toBeNull();
    expect(await sql("select sum(visits)::int as n from recent_days")).toEqual(before);
    await sql("insert into visits (owner, day, patient_id) values (1, '2025-07-07', 1)");
    expect(await sql("select sum(visits)::int as n from recent_days")).toEqual([{ n: Number(before[0]?.n) + 1 }]);
    expect(
      await sql(
        "select reloptions::text as options, has_table_privilege('pg_monitor', 'recent', 'select') as granted from pg_class where relname = 'recent'",
      ),
    ).toEqual([{ options: "{security_barrier=true,check_option=local}", granted: true }]);
    expect(await sql("select to_regclass('visits_plinth_old') is null as gone")).toEqual([{ gone: true }]);
  });

  it("row security goes on hiding what it hid", async () => {
    await sql(`
      create role doctor${made} login password 'd';
      grant select on visits to doctor${made};
      create policy own_rows on visits as permissive for select to doctor${made} using (owner = 1);
      create policy no_writes on visits as restrictive for all to public using (true) with check (day < '2099-01-01');
      alter table visits enable row level security`);
    expect(await blockers()).toEqual([]);
    expect((await convert(master)).error).toBeNull();
    const seen = await queryAs(
      { ...master, user: `doctor${made}`, password: "d" },
      "select distinct owner from visits",
    );
    expect(seen).toEqual([{ owner: 1 }]);
    expect(
      await sql(
        "select polname::text as name, polpermissive as permissive, polcmd::text as command from pg_policy where polrelid = 'visits'::regclass order by 1",
      ),
    ).toEqual([
      { name: "no_writes", permissive: false, command: "*" },
      { name: "own_rows", permissive: true, command: "r" },
    ]);
  });

  it("column privileges, planner's targets and replica identity are as they were", async () => {
    await sql(`
      grant select (id, day), update (note) on visits to pg_monitor;
      alter table visits alter column patient_id set statistics 500;
      alter table visits alter column patient_id set (n_distinct = 200);
      create statistics st_visits (dependencies) on owner, patient_id from visits;
      alter statistics st_visits set statistics 300;
      alter table visits replica identity full`);
    expect((await convert(master)).error).toBeNull();
    expect(
      await sql(`select has_column_privilege('pg_monitor', 'visits', 'note', 'update') as updates,
                        has_column_privilege('pg_monitor', 'visits', 'owner', 'select') as sees_more,
                        (select stxstattarget::int from pg_statistic_ext where stxname = 'st_visits') as extended`),
    ).toEqual([{ updates: true, sees_more: false, extended: 300 }]);
    const [spread] = await sql(
      `select count(*)::int as tables, bool_and(attstattarget = 500) as target, bool_and(attoptions::text = '{n_distinct=200}') as options,
              (select bool_and(relreplident = 'f') from pg_class where oid in (select relid from pg_partition_tree('visits'))) as identity
       from pg_attribute where attname = 'patient_id' and attrelid in (select relid from pg_partition_tree('visits'))`,
    );
    expect(spread).toEqual({ tables: expect.any(Number) as number, target: true, options: true, identity: true });
    expect(Number(spread?.tables)).toBeGreaterThan(20);
  });

  it("what cannot be carried over is refused by name", async () => {
    await sql(`
      create materialized view counted as select count(*) from visits;
      create function total() returns bigint language sql begin atomic select count(*) from visits; end;
      create function noop() returns trigger language plpgsql as $$ begin return null; end $$;
      create function move() returns trigger language plpgsql as $$ begin new.day := new.day + 1; return new; end $$;
      create trigger looks_at_all after insert on visits referencing new table as fresh for each row execute function noop();
      create trigger moves before insert on visits for each row execute function move();
      alter table visits replica identity using index visits_unique;
      alter table visits force row level security`);
    expect(await blockers()).toEqual([
      "dependent-routine total()",
      "dependent-view counted",
      "forced-row-security visits",
      "key-setting-trigger moves",
      "replica-identity visits",
      "transition-trigger looks_at_all",
    ]);
  });
});
