import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import type { Resource } from "../../../../../local/contract";
import { database } from "../../../../../local/providers/aws/rds/databases";
import { lsnToNumber } from "../../../../../local/providers/aws/rds/replication";
import { rdsInstance } from "../../../../../local/providers/aws/rds/instance";
import { waitFor } from "../../../../../local/processes/wait";
import type { TestCloud } from "../../../../support/test-cloud";
import { ask, connect, createPrimary, createReplica, nodes, withCloud } from "./database-support";

/** Writes one row after another for as long as it is asked to, and remembers which of them the database said yes to. */
class Writer {
  readonly acknowledged: number[] = [];
  longestGapMs = 0;
  #next = 0;
  #stopping = false;
  readonly #done: Promise<void>;

  constructor(
    private readonly cloud: TestCloud,
    private readonly instance: Resource,
  ) {
    this.#done = this.#write();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#done;
  }

  async #write(): Promise<void> {
    let client: Client | undefined;
    let last = Date.now();
    while (!this.#stopping) {
      try {
        client ??= await connect(this.cloud, this.instance);
        const id = this.#next++;
        await client.query("insert into ledger values ($1)", [id]);
        this.acknowledged.push(id);
        this.longestGapMs = Math.max(this.longestGapMs, Date.now() - last);
        last = Date.now();
      } catch {
        await client?.end().catch(() => undefined);
        client = undefined;
        await delay(10);
      }
    }
    await client?.end().catch(() => undefined);
  }
}

async function missing(cloud: TestCloud, instance: Resource, acknowledged: readonly number[]): Promise<number[]> {
  const rows = await ask(cloud, instance, "select id from ledger");
  const there = new Set(rows.map((row) => Number(row.id)));
  return acknowledged.filter((id) => !there.has(id));
}

async function inSync(cloud: TestCloud): Promise<void> {
  await waitFor(
    { what: "the standby in sync", timeoutMs: 30_000 },
    () => database(cloud, "main")?.state.inSync === true,
  );
}

async function same(cloud: TestCloud, source: Resource, replica: Resource): Promise<void> {
  const count = async (instance: Resource) => (await ask(cloud, instance, "select count(*) from ledger"))[0]?.count;
  const expected = await count(source);
  await waitFor({ what: "the replica caught up", timeoutMs: 30_000 }, async () => (await count(replica)) === expected);
}

test("a killed Multi-AZ primary is replaced at the same address within 5 s, three times over, and no acknowledged write is lost", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { multiAz: true });
    const replica = await createReplica(cloud);
    await ask(cloud, main, "create table ledger (id bigint primary key)");
    for (let round = 0; round < 3; round += 1) {
      await ask(cloud, main, "truncate ledger");
      const [primary] = await nodes(cloud, main);
      const writer = new Writer(cloud, main);
      await delay(700);
      const before = writer.acknowledged.length;
      process.kill(primary?.pid ?? 0, "SIGKILL");
      await waitFor(
        { what: "writes after the failover", timeoutMs: 10_000 },
        () => writer.acknowledged.length > before + 50,
      );
      await writer.stop();
      expect(writer.longestGapMs).toBeLessThan(5_000);
      expect(await missing(cloud, main, writer.acknowledged)).toEqual([]);
      const [successor] = await nodes(cloud, main);
      expect(successor?.node).not.toBe(primary?.node);
      expect(successor?.address).toBe(primary?.address);
      await inSync(cloud);
      await same(cloud, main, replica);
    }
  }));

test("a killed standby does not stop writes, and is back in sync afterwards", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { multiAz: true });
    await ask(cloud, main, "create table ledger (id bigint primary key)");
    const [primary, standby] = await nodes(cloud, main);
    const writer = new Writer(cloud, main);
    await delay(500);
    const before = writer.acknowledged.length;
    process.kill(standby?.pid ?? 0, "SIGKILL");
    await waitFor(
      { what: "writes without a standby", timeoutMs: 10_000 },
      () => writer.acknowledged.length > before + 50,
    );
    await inSync(cloud);
    await writer.stop();
    expect(writer.longestGapMs).toBeLessThan(5_000);
    expect((await nodes(cloud, main))[0]?.node).toBe(primary?.node);
    expect(await missing(cloud, main, writer.acknowledged)).toEqual([]);
  }));

test("a primary killed while its standby is gone is restarted on its own data, not replaced by the older standby", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { multiAz: true });
    await ask(cloud, main, "create table ledger (id bigint primary key)");
    const [primary, standby] = await nodes(cloud, main);
    process.kill(standby?.pid ?? 0, "SIGKILL");
    await waitFor(
      { what: "the loss of the standby noticed", timeoutMs: 5_000, everyMs: 1 },
      () => database(cloud, "main")?.state.inSync === false,
    );
    const writer = new Writer(cloud, main);
    await waitFor(
      { what: "writes without a standby", timeoutMs: 5_000, everyMs: 1 },
      () => writer.acknowledged.length > 0,
    );
    if (database(cloud, "main")?.state.inSync === false) {
      process.kill(primary?.pid ?? 0, "SIGKILL");
      const before = writer.acknowledged.length;
      await waitFor(
        { what: "writes after the restart", timeoutMs: 15_000 },
        () => writer.acknowledged.length > before + 20,
      );
    }
    await writer.stop();
    expect(await missing(cloud, main, writer.acknowledged)).toEqual([]);
    await inSync(cloud);
  }));

test("a killed single-AZ instance is restarted in place with all it acknowledged", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    await ask(cloud, main, "create table ledger (id bigint primary key)");
    const [primary] = await nodes(cloud, main);
    const writer = new Writer(cloud, main);
    await delay(500);
    process.kill(primary?.pid ?? 0, "SIGKILL");
    await waitFor({ what: "another process", timeoutMs: 15_000 }, () => {
      const pid = database(cloud, "main")?.primary.process?.pid;
      return pid !== undefined && pid !== primary?.pid;
    });
    const before = writer.acknowledged.length;
    await waitFor(
      { what: "writes after the restart", timeoutMs: 15_000 },
      () => writer.acknowledged.length > before + 20,
    );
    await writer.stop();
    expect(await missing(cloud, main, writer.acknowledged)).toEqual([]);
  }));

test("a killed replica comes back and catches up, and can be made while the source is written to", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    await ask(cloud, main, "create table ledger (id bigint primary key)");
    const writer = new Writer(cloud, main);
    const replica = await createReplica(cloud);
    const [node] = await nodes(cloud, replica);
    process.kill(node?.pid ?? 0, "SIGKILL");
    await delay(300);
    await writer.stop();
    await same(cloud, main, replica);
  }));

test("the failover action moves the endpoint to the standby", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { multiAz: true });
    const [primary, standby] = await nodes(cloud, main);
    await rdsInstance.actions?.failover?.(main, cloud, {});
    const [successor] = await nodes(cloud, main);
    expect(successor).toMatchObject({ node: standby?.node, address: primary?.address, role: "primary" });
    await ask(cloud, main, "create table after_failover (id int)");
    await inSync(cloud);
    expect(await rdsInstance.describe?.(main, cloud)).toContain("standby in sync");
  }));

test("a replica that was ahead of the promoted standby is rewound, not left with writes that never happened", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { multiAz: true });
    const replica = await createReplica(cloud);
    await ask(cloud, main, "create table ledger (id bigint primary key)");
    await same(cloud, main, replica);
    const [primary, standby] = await nodes(cloud, main);
    const receiver = await walReceiver(cloud);
    process.kill(receiver, "SIGSTOP");
    try {
      // Never acknowledged: the standby does not confirm it. The replica, which nobody waits for, gets it all the same.
      const client = await connect(cloud, main);
      const unconfirmed = client.query("insert into ledger select generate_series(1, 100000)").catch(() => "refused");
      const node = database(cloud, "main-replica-1")?.primary;
      await waitFor({ what: "the replica ahead of the standby", timeoutMs: 15_000 }, async () => {
        const position = "select pg_last_wal_replay_lsn()::text as lsn";
        const ahead = lsnToNumber((await node?.query(position))?.[0]?.lsn ?? "0/0");
        const behind = lsnToNumber((await database(cloud, "main")?.standby.query(position))?.[0]?.lsn ?? "0/0");
        return ahead > behind + 1_000_000n;
      });
      process.kill(primary?.pid ?? 0, "SIGKILL");
      await unconfirmed;
      await client.end().catch(() => undefined);
    } finally {
      process.kill(receiver, "SIGCONT");
    }
    await waitFor({ what: "the failover", timeoutMs: 15_000 }, async () => {
      return (await nodes(cloud, main))[0]?.node === standby?.node && (await ask(cloud, main, "select 1")).length === 1;
    });
    await ask(cloud, main, "insert into ledger values (-1)");
    await same(cloud, main, replica);
    expect(await ask(cloud, replica, "select count(*) from ledger where id > 0")).toEqual([{ count: "0" }]);
    expect(cloud.messages).toContain("rds/main-replica-1/a cannot follow its source any more; rewind");
    await inSync(cloud);
  }));

async function walReceiver(cloud: TestCloud): Promise<number> {
  const [row] = (await database(cloud, "main")?.standby.query("select pid from pg_stat_wal_receiver")) ?? [];
  return Number(row?.pid);
}
