import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../../../local/processes/wait";
import { closeDatabases, database } from "../../../../../local/providers/aws/rds/databases";
import { readState, writeState } from "../../../../../local/providers/aws/rds/database-state";
import { rdsInstance } from "../../../../../local/providers/aws/rds/instance";
import { ask, createPrimary, createReplica, nodes, withCloud } from "./database-support";

test("a failover that the death of the local cloud cut short is finished by the next one", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { multiAz: true });
    await ask(cloud, main, "create table kept as select 42 as answer");
    await closeDatabases(cloud);
    const state = readState(cloud, "main");
    if (!state) throw new Error("there is no state");
    // What is on disk after the decision and before the promotion.
    writeState(cloud, { ...state, primary: "b", inSync: false, promoting: true, standbyNeeds: "rewind" });
    const next = await cloud.reopen();
    try {
      await rdsInstance.resume?.(main, next);
      expect(database(next, "main")?.state).toMatchObject({ primary: "b", promoting: false });
      expect(await ask(next, main, "select answer from kept")).toEqual([{ answer: 42 }]);
      await ask(next, main, "insert into kept values (43)");
      await waitFor({ what: "the old primary in sync", timeoutMs: 30_000 }, () => {
        return database(next, "main")?.state.inSync === true;
      });
      expect((await nodes(next, main)).map(({ node }) => node)).toEqual(["rds/main/b", "rds/main/a"]);
    } finally {
      await closeDatabases(next);
      await next.processes.close(5_000);
    }
  }));

test("a primary whose files are damaged is replaced by its standby that is in sync, and copied anew", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { multiAz: true });
    await ask(cloud, main, "create table kept as select 42 as answer");
    const running = database(cloud, "main");
    rmSync(join(running?.primary.dataDirectory ?? "", "global", "pg_control"));
    for (const { pid } of await nodes(cloud, main)) process.kill(pid, "SIGKILL");
    await waitFor({ what: "the failover", timeoutMs: 30_000 }, async () => {
      return running?.state.primary === "b" && (await ask(cloud, main, "select answer from kept")).length === 1;
    });
    await waitFor({ what: "the new standby in sync", timeoutMs: 30_000 }, () => running?.state.inSync === true);
  }));

test("a replica whose slot fell too far behind is copied anew", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    const replica = await createReplica(cloud);
    const source = database(cloud, "main")?.primary;
    const node = database(cloud, "main-replica-1")?.primary;
    // As after a long absence: the slot and the log it kept are gone.
    await node?.stop("fast");
    await source?.query("select pg_drop_replication_slot('rds_main_replica_1')").catch(() => undefined);
    await ask(cloud, main, "create table kept as select generate_series(1, 1000) as id");
    await waitFor({ what: "the replica caught up", timeoutMs: 30_000 }, async () => {
      return (await ask(cloud, replica, "select count(*)::int as n from kept"))[0]?.n === (1000 as unknown);
    });
  }));

test("a server that was killed starts again although its lock names a process that is alive now", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    const other = await createReplica(cloud);
    const [killed] = await nodes(cloud, main);
    const [alive] = await nodes(cloud, other);
    const running = database(cloud, "main");
    // Pids are reused after a reboot: the one in the lock is another server's of the same user.
    const lock = join(running?.primary.socketDirectory ?? "", ".s.PGSQL.5432.lock");
    writeFileSync(lock, readFileSync(lock, "utf8").replace(/^\d+/, String(alive?.pid)));
    process.kill(Number(killed?.pid), "SIGKILL");
    await waitFor({ what: "the server", timeoutMs: 20_000 }, async () => {
      const [now] = await nodes(cloud, main);
      return now?.pid !== killed?.pid && (await ask(cloud, main, "select 1 as one")).length === 1;
    });
  }));
