import { waitFor } from "../../local/processes/wait";
import { AcknowledgedWriter } from "../support/acknowledged-writer";
import { Plinth } from "../support/plinth";
import { queryAs } from "../support/query-as";
import { databaseComplete, databaseNodes, pidOf, podsOf, redisAddress, withRedis } from "../support/stack-nodes";

// One production stack for the whole file: each test leaves it complete for the next one.
const plinth = Plinth.create();
let endpoints: { writer: string; readers: readonly string[]; poolerRw: string; poolerRo: string; cache: string };
let caFile: string;

beforeAll(async () => {
  await plinth.up();
  const { writer = "", readers = [], poolerRw = "", poolerRo = "", cache = "" } = (await plinth.status()).endpoints;
  endpoints = { writer, readers, poolerRw, poolerRo, cache };
  caFile = new URL(writer).searchParams.get("sslrootcert") ?? "";
  await ask(writer, "create table ledger (writer text not null, id bigint not null)");
});

afterAll(() => plinth.close());

function ask(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  return queryAs<Record<string, unknown>>(
    { connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 },
    text,
    values,
  );
}

/** Reads until it sees the row: a replica may be some milliseconds behind. */
function sees(url: string, writer: string, id: number, withinMs = 10_000): Promise<true> {
  const what = `row ${writer}/${id} on ${new URL(url).host}`;
  return waitFor({ what, timeoutMs: withinMs }, async () => {
    const rows = await ask(url, "select id from clinic_app.ledger where writer = $1 and id = $2", [writer, id]);
    return rows.length > 0 || undefined;
  });
}

/** Every acknowledged write is there once; what else is there had no answer. */
async function expectNothingLost(writer: AcknowledgedWriter): Promise<void> {
  const rows = await ask(endpoints.writer, "select id::int as id from ledger where writer = $1", [writer.name]);
  const there = rows.map(({ id }) => Number(id));
  const distinct = new Set(there);
  expect(writer.acknowledged.filter((id) => !distinct.has(id))).toEqual([]);
  expect(there).toHaveLength(distinct.size);
  const known = new Set([...writer.acknowledged, ...writer.unknown]);
  expect(there.filter((id) => !known.has(id))).toEqual([]);
}

async function primaryPid(): Promise<number> {
  const pid = (await databaseNodes(plinth, "database-primary"))[0]?.pid;
  if (!pid) throw new Error("the primary does not run");
  return pid;
}

test("a row written through the pooler is read on both replicas and through the read-only pooler", async () => {
  await ask(endpoints.poolerRw, "insert into ledger values ('first', 1)");
  expect(endpoints.readers).toHaveLength(2);
  for (const url of [...endpoints.readers, endpoints.poolerRo]) {
    await sees(url, "first", 1);
    expect(await ask(url, "select pg_is_in_recovery() as standby")).toEqual([{ standby: true }]);
    await expect(ask(url, "insert into ledger values ('first', 2)")).rejects.toThrow("read-only transaction");
  }
});

test("when the primary is killed, the same endpoints answer writes again in under 5 s and no acknowledged write is lost", async () => {
  await databaseComplete(plinth, "database-primary", 2);
  const before = await primaryPid();
  const writers = [
    AcknowledgedWriter.start("pooled", endpoints.poolerRw),
    AcknowledgedWriter.start("direct", endpoints.writer),
  ];
  let killedAt = 0;
  try {
    await Promise.all(writers.map((writer) => writer.goOn(50, 10_000)));
    killedAt = Date.now();
    process.kill(before, "SIGKILL");
    await Promise.all(writers.map((writer) => writer.goOn(50, 30_000)));
  } finally {
    await Promise.all(writers.map((writer) => writer.stop()));
  }
  for (const writer of writers) {
    expect(writer.longestSilenceMs(killedAt)).toBeLessThan(5_000);
    await expectNothingLost(writer);
  }
  expect(await primaryPid()).not.toBe(before);
  // The old primary comes back as the standby, and the replicas follow the new one.
  await databaseComplete(plinth, "database-primary", 2);
  // A pod whose last login failed refuses new clients for server_login_retry (1 s): they have to try again.
  await waitFor({ what: "a write through the pooler", timeoutMs: 5_000 }, () =>
    ask(endpoints.poolerRw, "insert into ledger values ('after', 1)"),
  );
  for (const url of [...endpoints.readers, endpoints.poolerRo]) await sees(url, "after", 1);
});

test("a killed replica comes back and catches up, while reads through the read-only pooler go on", async () => {
  const [replica] = await databaseNodes(plinth, "database-replica-1");
  if (!replica?.pid) throw new Error("the replica does not run");
  process.kill(replica.pid, "SIGKILL");
  const [written] = await ask(
    endpoints.poolerRw,
    "insert into ledger select 'while away', n from generate_series(1, 1000) n returning pg_current_wal_insert_lsn()::text as lsn",
  );
  // A pooler pod leaves the Service two failed probes (4 s) after its replica is gone; a client that tries again gets another pod sooner.
  for (let round = 0; round < 20; round += 1) {
    await waitFor({ what: "an answer of the read-only pooler", timeoutMs: 5_000 }, () =>
      ask(endpoints.poolerRo, "select count(*) from clinic_app.ledger"),
    );
  }
  await waitFor({ what: "the replica's replay of what was written", timeoutMs: 30_000, everyMs: 100 }, async () => {
    const [node] = await databaseNodes(plinth, "database-replica-1");
    return node?.pid !== null && node?.pid !== replica.pid;
  });
  for (const url of endpoints.readers) {
    await waitFor({ what: "the log position of the primary", timeoutMs: 20_000 }, async () => {
      const [row] = await ask(url, "select pg_last_wal_replay_lsn() >= $1::pg_lsn as there", [written?.lsn]);
      return row?.there === true;
    });
    await sees(url, "while away", 1000);
  }
});

test("when the cache's primary is killed, the same endpoint takes writes again and the old primary answers READONLY", async () => {
  await withRedis(endpoints.cache, caFile, (redis) => redis.set("patient:1", "before"));
  const group = (await plinth.resources()).find(({ type }) => type.endsWith(":ReplicationGroup"));
  const member = /primary (\S+)/.exec(group?.state ?? "")?.[1] ?? "";
  const pid = await pidOf(plinth, `elasticache/${member}`);
  if (pid === undefined) throw new Error(`the cache node '${member}' does not run`);
  const replicaHas = async () => (await withRedis(endpoints.cache, caFile, (redis) => redis.wait(1, 1_000))) === 1;
  await waitFor({ what: "the cache's replica to have it", timeoutMs: 5_000 }, replicaHas);
  const oldAddress = redisAddress(pid);
  const killedAt = Date.now();
  process.kill(pid, "SIGKILL");
  await waitFor({ what: "a write to the cache", timeoutMs: 10_000 }, async () => {
    await withRedis(endpoints.cache, caFile, (redis) => redis.set("patient:2", "after"));
    return true;
  });
  expect(Date.now() - killedAt).toBeLessThan(5_000);
  expect(await withRedis(endpoints.cache, caFile, (redis) => redis.mget("patient:1", "patient:2"))).toEqual([
    "before",
    "after",
  ]);
  const old = new URL(endpoints.cache);
  old.host = oldAddress;
  await waitFor({ what: "the old primary as a replica", timeoutMs: 20_000 }, async () => {
    return withRedis(old.href, caFile, (redis) => redis.set("patient:3", "refused")).then(
      () => undefined,
      (error: Error) => error.message.startsWith("READONLY"),
    );
  });
});

test("when a PgBouncer is killed, new connections are answered at the latest at the second try, and the pod runs again", async () => {
  const deployment = "plinth/pgbouncer-rw";
  const [pod] = await podsOf(plinth, deployment);
  const pid = pod?.containers.find(({ name }) => name === "pgbouncer")?.pid;
  if (!pod || !pid) throw new Error("the first pod of the pooler has no process");
  process.kill(pid, "SIGKILL");
  let refused = 0;
  const restarted = async () => {
    const write = () => ask(endpoints.poolerRw, "insert into ledger values ('pod', 1)");
    await write().catch(() => {
      refused += 1;
      return write();
    });
    const now = (await podsOf(plinth, deployment)).find(({ name }) => name === pod.name);
    return now?.ready && now.restarts > pod.restarts;
  };
  await waitFor({ what: `the restart of ${pod.name}`, timeoutMs: 30_000 }, restarted);
  expect(refused).toBeLessThanOrEqual(2);
});

test("after the local cloud itself is killed, up brings everything back with the data, and changes nothing", async () => {
  const count = async () => (await ask(endpoints.writer, "select count(*)::int as rows from ledger"))[0]?.rows;
  const rows = await count();
  const before = await plinth.status();
  await plinth.killDaemon();
  await expect(ask(endpoints.writer, "select 1")).rejects.toThrow();
  expect(await plinth.up()).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0 });
  expect(await plinth.status()).toEqual(before);
  expect(await count()).toBe(rows);
  await ask(endpoints.poolerRw, "insert into ledger values ('last', 1)");
  for (const url of [...endpoints.readers, endpoints.poolerRo]) await sees(url, "last", 1);
  expect(await withRedis(endpoints.cache, caFile, (redis) => redis.get("patient:2"))).toBe("after");
});
