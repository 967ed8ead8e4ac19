import { existsSync } from "node:fs";
import type { Bag, Kind, Resource } from "../../../../../local/contract";
import { cacheParameterGroup } from "../../../../../local/providers/aws/elasticache/parameter-group";
import { replicationGroup } from "../../../../../local/providers/aws/elasticache/replication-group";
import { dailySnapshot } from "../../../../../local/providers/aws/elasticache/snapshot-schedule";
import { snapshotFile, snapshotsOf } from "../../../../../local/providers/aws/elasticache/snapshots";
import { cacheUser } from "../../../../../local/providers/aws/elasticache/user";
import { cacheUserGroup } from "../../../../../local/providers/aws/elasticache/user-group";
import { deleteResource, updateResource } from "../../../../support/test-kinds";
import { CacheFixture, password } from "./cache-fixture";

let cache: CacheFixture;
beforeEach(async () => void (cache = await CacheFixture.open()));
afterEach(() => cache.close());

function change(kind: Kind, id: string, inputs: Bag): Promise<Resource> {
  const held = cache.cloud.resource(kind.type, id);
  if (!held) throw new Error(`the test holds no ${kind.type} ${id}`);
  return updateResource(cache.cloud, kind, held, { ...held.inputs, ...inputs });
}

const settingOf = async (node: { call(...args: [string, ...string[]]): Promise<unknown> } | undefined, name: string) =>
  ((await node?.call("CONFIG", "GET", name)) as string[])[1];

test("parameters are in force on every node, and a changed or removed one reaches the running nodes", async () => {
  const { nodes } = cache.controller(await cache.group());
  for (const node of nodes) {
    expect(await settingOf(node, "maxmemory-policy")).toBe("allkeys-lfu");
    expect(await settingOf(node, "slowlog-max-len")).toBe("512");
    // 512 MiB of cache.t4g.micro less 25 % reserved memory.
    expect(await settingOf(node, "maxmemory")).toBe(String(536_870_912 * 0.75));
  }
  await change(cacheParameterGroup, "clinic", { parameters: [{ name: "maxmemory-policy", value: "noeviction" }] });
  for (const node of nodes) {
    expect(await settingOf(node, "maxmemory-policy")).toBe("noeviction");
    expect(await settingOf(node, "slowlog-max-len")).toBe("128");
  }
});

test("a parameter the engine takes only at its start waits for a reboot", async () => {
  const group = await cache.group();
  await change(cacheParameterGroup, "clinic", { parameters: [{ name: "databases", value: "4" }] });
  const [node] = cache.controller(group).nodes;
  expect(await settingOf(node, "databases")).toBe("16");
  expect(cache.cloud.messages.join("\n")).toContain("databases take effect when a node restarts");
  await replicationGroup.actions?.reboot?.(group, cache.cloud, { node: "clinic-cache-001" });
  expect(await settingOf(node, "databases")).toBe("4");
});

test("a changed password, access string or membership reaches the running nodes", async () => {
  const { outputs } = await cache.group();
  const host = outputs.primaryEndpointAddress;
  const next = "the-next-password-of-all";
  await change(cacheUser, "clinic-app", { authenticationMode: { type: "password", passwords: [password, next] } });
  expect(await cache.client(host).set("a", "1")).toBe("OK");
  expect(await cache.client(host, { password: next }).get("a")).toBe("1");
  await change(cacheUser, "clinic-app", { accessString: "on ~public:* +get" });
  await expect(cache.client(host).get("a")).rejects.toThrow("NOPERM");
  await change(cacheUserGroup, "clinic-users", { userIds: ["clinic-default"] });
  await expect(cache.client(host).get("public:a")).rejects.toThrow(/WRONGPASS|NOAUTH/);
});

test("nodes are added and removed while the primary keeps answering", async () => {
  const group = await cache.group();
  await cache.client(group.outputs.primaryEndpointAddress).set("a", "1");
  const grown = await change(replicationGroup, group.id, { numCacheClusters: 3 });
  expect(grown.outputs.memberClusters).toEqual(["clinic-cache-001", "clinic-cache-002", "clinic-cache-003"]);
  expect(await cache.client(cache.controller(group).places.nodeAddress(3)).get("a")).toBe("1");
  const shrunk = await change(replicationGroup, group.id, {
    numCacheClusters: 1,
    automaticFailoverEnabled: false,
    multiAzEnabled: false,
  });
  expect(shrunk.outputs.memberClusters).toEqual(["clinic-cache-001"]);
  expect(await cache.client(group.outputs.readerEndpointAddress).get("a")).toBe("1");
});

test("an AUTH token is rotated without locking anybody out and then settled", async () => {
  const group = await cache.group({ userGroupIds: [], authToken: "first-token-of-the-clinic" });
  const host = group.outputs.primaryEndpointAddress;
  const ask = (token: string) => cache.client(host, { username: undefined, password: token }).ping();
  expect(await ask("first-token-of-the-clinic")).toBe("PONG");
  await change(replicationGroup, group.id, { authToken: "second-token-of-clinic", authTokenUpdateStrategy: "ROTATE" });
  expect(await ask("first-token-of-the-clinic")).toBe("PONG");
  expect(await ask("second-token-of-clinic")).toBe("PONG");
  await change(replicationGroup, group.id, { authToken: "second-token-of-clinic", authTokenUpdateStrategy: "SET" });
  await expect(ask("first-token-of-the-clinic")).rejects.toThrow("WRONGPASS");
  expect(await ask("second-token-of-clinic")).toBe("PONG");
});

test("deletion takes the final snapshot, leaves no process, and a new group begins with its data", async () => {
  const group = await cache.group({ finalSnapshotIdentifier: "clinic-final" });
  await cache.client(group.outputs.primaryEndpointAddress).set("patient", "1");
  await deleteResource(cache.cloud, replicationGroup, group);
  expect(cache.cloud.processes.list()).toEqual([]);
  const restored = await cache.create(replicationGroup, {
    ...group.inputs,
    replicationGroupId: "restored",
    snapshotName: "clinic-final",
  });
  expect(await cache.client(restored.outputs.primaryEndpointAddress).get("patient")).toBe("1");
  await cache.client(restored.outputs.primaryEndpointAddress).set("patient", "2");
  await cache.restartCloud();
  await replicationGroup.resume?.(restored, cache.cloud);
  expect(await cache.client(restored.outputs.primaryEndpointAddress).get("patient")).toBe("2");
});

test("daily snapshots are kept for the retention and then dropped", async () => {
  const group = await cache.group();
  const first = await dailySnapshot(cache.cloud, cache.controller(group), 1);
  expect(existsSync(snapshotFile(cache.cloud, first))).toBe(true);
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000);
  const second = await dailySnapshot(cache.cloud, cache.controller(group), 1, inTwoDays);
  expect(snapshotsOf(cache.cloud, group.id).map(({ name }) => name)).toEqual([second]);
  expect(existsSync(snapshotFile(cache.cloud, first))).toBe(false);
});

test("what a replication group uses cannot be deleted", async () => {
  await cache.group();
  for (const [kind, id] of [
    [cacheParameterGroup, "clinic"],
    [cacheUserGroup, "clinic-users"],
    [cacheUser, "clinic-app"],
  ] as const) {
    const held = cache.cloud.resource(kind.type, id);
    if (!held) throw new Error("not held");
    await expect(deleteResource(cache.cloud, kind, held)).rejects.toThrow(
      /InvalidCacheParameterGroupState|InvalidUserGroupState|InvalidUserState/,
    );
  }
});
