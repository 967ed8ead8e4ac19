import { waitFor } from "../../../../../local/processes/wait";
import { replicationGroup } from "../../../../../local/providers/aws/elasticache/replication-group";
import { CacheFixture, password } from "./cache-fixture";

let cache: CacheFixture;
beforeEach(async () => void (cache = await CacheFixture.open()));
afterEach(() => cache.close());

test("an application writes through the primary endpoint by TLS and reads from the reader endpoint", async () => {
  const { outputs } = await cache.group();
  expect(outputs).toMatchObject({
    arn: `arn:aws:elasticache:eu-central-1:${cache.cloud.accountId}:replicationgroup:clinic-cache`,
    memberClusters: ["clinic-cache-001", "clinic-cache-002"],
    port: 6379,
    clusterEnabled: false,
  });
  const writer = cache.client(outputs.primaryEndpointAddress);
  await writer.set("patient", "1");
  await writer.wait(1, 2_000);
  const reader = cache.client(outputs.readerEndpointAddress);
  expect(await reader.get("patient")).toBe("1");
  await expect(reader.set("patient", "2")).rejects.toThrow("READONLY");
});

test("plain connections, wrong passwords, the disabled default user and commands of the service are refused", async () => {
  const { outputs } = await cache.group();
  const host = outputs.primaryEndpointAddress;
  await expect(cache.client(host, { tls: undefined }).ping()).rejects.toThrow();
  await expect(cache.client(host, { tls: { ca: [] } }).ping()).rejects.toThrow();
  await expect(cache.client(host, { password: `${password}!` }).get("a")).rejects.toThrow(/WRONGPASS|NOAUTH/);
  await expect(cache.client(host, { username: undefined, password: undefined }).get("a")).rejects.toThrow("NOAUTH");
  const app = cache.client(host);
  await expect(app.config("GET", "maxmemory")).rejects.toThrow("NOPERM");
  await expect(app.flushall()).rejects.toThrow("NOPERM");
});

test("after the primary is killed the same endpoint takes writes in under two seconds and the old primary answers READONLY", async () => {
  const group = await cache.group();
  const controller = cache.controller(group);
  const before = cache.client(group.outputs.primaryEndpointAddress);
  await before.set("patient", "1");
  await before.wait(1, 2_000);
  const closed = new Promise((resolve) => before.once("close", resolve));
  const killedAt = Date.now();
  process.kill(controller.primary.pid ?? 0, "SIGKILL");
  await closed;
  const after = await waitFor(
    { what: "a write through the primary endpoint", timeoutMs: 5_000, everyMs: 10 },
    async () => {
      const client = cache.client(group.outputs.primaryEndpointAddress);
      await client.set("patient", "2");
      return client;
    },
  );
  const outageMs = Date.now() - killedAt;
  expect(outageMs).toBeLessThan(2_000);
  expect(controller.record.primary).toBe(2);
  expect(await after.get("patient")).toBe("2");
  await waitFor({ what: "the old primary's return", timeoutMs: 10_000 }, async () => {
    const old = cache.client(controller.places.nodeAddress(1));
    await expect(old.set("patient", "3")).rejects.toThrow("READONLY");
    return (await old.get("patient")) === "2";
  });
  expect(controller.nodes[0]?.bound).not.toContain(group.outputs.primaryEndpointAddress);
  expect(await cache.client(group.outputs.readerEndpointAddress).get("patient")).toBe("2");
});

test("without automatic failover the primary restarts in its place with its data", async () => {
  const group = await cache.group({ automaticFailoverEnabled: false, multiAzEnabled: false });
  await cache.client(group.outputs.primaryEndpointAddress).set("patient", "1");
  process.kill(cache.controller(group).primary.pid ?? 0, "SIGKILL");
  await waitFor({ what: "the primary's return", timeoutMs: 10_000 }, async () => {
    return (await cache.client(group.outputs.primaryEndpointAddress).get("patient")) === "1";
  });
  expect(cache.controller(group).record.primary).toBe(1);
});

test("a killed replica comes back and catches up", async () => {
  const group = await cache.group();
  const controller = cache.controller(group);
  const replica = controller.nodes[1];
  process.kill(replica?.pid ?? 0, "SIGKILL");
  await cache.client(group.outputs.primaryEndpointAddress).set("patient", "1");
  await waitFor({ what: "the replica's return", timeoutMs: 10_000 }, async () => {
    return (await cache.client(controller.places.nodeAddress(2)).get("patient")) === "1";
  });
});

test("the failover action moves the primary and names the new one", async () => {
  const group = await cache.group();
  expect(await replicationGroup.actions?.failover?.(group, cache.cloud, {})).toEqual({ primary: "clinic-cache-002" });
  expect(await cache.client(group.outputs.primaryEndpointAddress).set("a", "b")).toBe("OK");
  expect(await replicationGroup.describe?.(group, cache.cloud)).toContain("primary clinic-cache-002");
});

test("data, roles and endpoints survive the death of the local cloud", async () => {
  const group = await cache.group();
  await cache.controller(group).failOver();
  await cache.client(group.outputs.primaryEndpointAddress).set("patient", "1");
  await cache.restartCloud();
  await replicationGroup.resume?.(group, cache.cloud);
  expect(cache.controller(group).record.primary).toBe(2);
  expect(await cache.client(group.outputs.primaryEndpointAddress).get("patient")).toBe("1");
  expect(await cache.client(group.outputs.primaryEndpointAddress).set("patient", "2")).toBe("OK");
  expect(await cache.client(group.outputs.readerEndpointAddress).get("patient")).toBeDefined();
});
