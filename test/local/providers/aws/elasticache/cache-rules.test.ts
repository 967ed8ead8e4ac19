import fc from "fast-check";
import { UNKNOWN, type Bag } from "../../../../../local/contract";
import { accessStringProblems } from "../../../../../local/providers/aws/elasticache/access-string";
import { electPrimary } from "../../../../../local/providers/aws/elasticache/election";
import { maxMemory, nodeMemoryBytes } from "../../../../../local/providers/aws/elasticache/node-types";
import { cacheParameterGroup } from "../../../../../local/providers/aws/elasticache/parameter-group";
import { replicationGroup } from "../../../../../local/providers/aws/elasticache/replication-group";
import { tokensAfter } from "../../../../../local/providers/aws/elasticache/replication-group-rules";
import { restartDelayMs } from "../../../../../local/providers/aws/elasticache/restarts";
import { expiredSnapshots, untilWindow } from "../../../../../local/providers/aws/elasticache/snapshots";
import { cacheSubnetGroup } from "../../../../../local/providers/aws/elasticache/subnet-group";
import { cacheUser } from "../../../../../local/providers/aws/elasticache/user";
import { cacheUserGroup } from "../../../../../local/providers/aws/elasticache/user-group";
import { nearestRedis } from "../../../../../local/processes/redis-binary";
import { renderRedisConfig } from "../../../../../local/processes/redis-config";
import { diff } from "../../../../../local/providers/diff";
import { checkInputs, createResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

const group: Bag = {
  replicationGroupId: "clinic",
  description: "test",
  engine: "valkey",
  engineVersion: "7.2",
  nodeType: "cache.r7g.large",
  numCacheClusters: 2,
  automaticFailoverEnabled: true,
  transitEncryptionEnabled: true,
};

test.each<[Bag, string]>([
  [{ numCacheClusters: 1 }, "automaticFailoverEnabled: needs at least 2 nodes"],
  [{ automaticFailoverEnabled: false, multiAzEnabled: true }, "multiAzEnabled: needs automaticFailoverEnabled"],
  [{ nodeType: "db.r7g.large" }, "nodeType: is not a node type of ElastiCache"],
  [{ engineVersion: "6.2" }, 'engineVersion: "6.2" is not a version of valkey'],
  [{ numNodeGroups: 2 }, "numNodeGroups: more than one shard (cluster mode) is not modelled"],
  [{ transitEncryptionMode: "preferred" }, "transitEncryptionMode: takes 'required' only"],
  [{ transitEncryptionEnabled: false, userGroupIds: ["users"] }, "userGroupIds: needs transitEncryptionEnabled"],
  [{ transitEncryptionEnabled: false, authToken: "sixteen-letters-x" }, "authToken: needs transitEncryptionEnabled"],
  [{ authToken: "short" }, "authToken: has 16 to 128"],
  [
    { authToken: "sixteen-letters-x", userGroupIds: ["users"] },
    "authToken: cannot be given together with userGroupIds",
  ],
  [{ atRestEncryptionEnabled: false, kmsKeyId: "k" }, "kmsKeyId: needs atRestEncryptionEnabled"],
  [{ preferredCacheClusterAzs: ["eu-central-1a"] }, "must name one zone a node: 2 nodes, 1 zones"],
  [{ snapshotWindow: "05:00-05:30" }, "snapshotWindow: must be at least 60 minutes long"],
  [{ maintenanceWindow: "sunday" }, "maintenanceWindow: must look like"],
  [{ snapshotRetentionLimit: 36 }, "snapshotRetentionLimit: lies between 0 and 35 days"],
  [{ replicasPerNodeGroup: 1 }, "numCacheClusters: conflicts with numNodeGroups and replicasPerNodeGroup"],
])("a replication group with %j is refused", (more, message) => {
  expect(() => checkInputs(cloud, replicationGroup, { ...group, ...more })).toThrow(message);
});

test("values that are not known yet are no reason to refuse a group", () => {
  const unknown = { ...group, userGroupIds: UNKNOWN, parameterGroupName: UNKNOWN, transitEncryptionEnabled: UNKNOWN };
  expect(replicationGroup.refuse?.({ ...unknown, numCacheClusters: UNKNOWN }, { cloud })).toEqual([]);
});

test.each([
  ["port", 6380, true],
  ["subnetGroupName", "other", true],
  ["kmsKeyId", "other", true],
  ["replicationGroupId", "other", true],
  ["engineVersion", "8.0", false],
  ["engine", "redis", true],
  ["numCacheClusters", 3, false],
  ["nodeType", "cache.r7g.xlarge", false],
  ["userGroupIds", ["x"], false],
])("a change of %s to %j replaces the group: %s", (property, value, replace) => {
  const olds = checkInputs(cloud, replicationGroup, group);
  expect(diff(replicationGroup, olds, { ...olds, [property]: value }, cloud).changes).toEqual([
    { path: property, replace },
  ]);
});

test("an engine version lowered replaces, preferred zones of a group that exists are ignored", () => {
  const olds = checkInputs(cloud, replicationGroup, { ...group, engineVersion: "8.1" });
  const news = { ...olds, engineVersion: "7.2", preferredCacheClusterAzs: ["a", "b"] };
  expect(diff(replicationGroup, olds, news, cloud).changes).toEqual([{ path: "engineVersion", replace: true }]);
});

test("TLS cannot be switched on a group that exists", () => {
  const prior = checkInputs(cloud, replicationGroup, group);
  const inputs = { ...group, transitEncryptionEnabled: false };
  expect(() => checkInputs(cloud, replicationGroup, inputs, { prior })).toThrow(
    "transitEncryptionEnabled: changes in place only by way of",
  );
});

test("what a group refers to must exist and fit its engine", async () => {
  const create = (more: Bag) => createResource(cloud, replicationGroup, { ...group, ...more });
  await expect(create({ parameterGroupName: "none" })).rejects.toThrow("CacheParameterGroupNotFound");
  await expect(create({ parameterGroupName: "default.redis7" })).rejects.toThrow(
    "InvalidParameterCombination: expected a parameter group of family valkey7 but found one of family redis7",
  );
  await expect(create({ subnetGroupName: "none" })).rejects.toThrow("CacheSubnetGroupNotFoundFault");
  await expect(create({ userGroupIds: ["none"] })).rejects.toThrow("UserGroupNotFound");
  await expect(create({ securityGroupIds: ["sg-none"] })).rejects.toThrow("InvalidGroup.NotFound");
  const log = { destination: "none", destinationType: "cloudwatch-logs", logFormat: "json", logType: "slow-log" };
  await expect(create({ logDeliveryConfigurations: [log] })).rejects.toThrow("the log group 'none' does not exist");
  await expect(create({ snapshotName: "none" })).rejects.toThrow("SnapshotNotFoundFault");
});

test.each([
  ["allkeys-maybe", "maxmemory-policy", "must match"],
  ["yes", "appendonly", "cannot be modified"],
  ["10", "timeout", "must match"],
  ["x", "no-such-parameter", "could not find parameter with name: no-such-parameter"],
  ["-1", "slowlog-max-len", "must be a whole number from 0"],
])("the value %s of the parameter %s is refused", (value, name, message) => {
  const inputs = { name: "a", family: "redis7", parameters: [{ name, value }] };
  expect(() => checkInputs(cloud, cacheParameterGroup, inputs)).toThrow(`parameters[0]: InvalidParameterValue: `);
  expect(() => checkInputs(cloud, cacheParameterGroup, inputs)).toThrow(message);
});

test("an access string holds no password, no unknown category and no command of the service", () => {
  expect(accessStringProblems("on ~* &* +@all -@dangerous +info %R~x:* (~y +get)")).toEqual([]);
  expect(accessStringProblems("on >hunter2").join()).toMatch(/passwords are not part of an access string/);
  expect(accessStringProblems("on >hunter2").join()).not.toContain("hunter2");
  expect(accessStringProblems("on +@everything")).toEqual(['"+@everything": there is no category @everything']);
  expect(accessStringProblems("on +config|get")).toEqual([
    '"+config|get": ElastiCache does not offer the command config|get',
  ]);
  expect(accessStringProblems("reset on")).toEqual(['"reset" is not allowed in an access string']);
});

const user = (userId: string, more: Bag) =>
  createResource(
    cloud,
    cacheUser,
    { userId, userName: userId, engine: "redis", accessString: "on ~* +@read", ...more },
    { name: userId },
  );
const secret = { type: "password", passwords: ["a-password-of-sixteen"] };

test("a user logs in in exactly one way", () => {
  const base = { userId: "a", userName: "a", engine: "redis", accessString: "on" };
  expect(() => checkInputs(cloud, cacheUser, base)).toThrow(
    "exactly one of authenticationMode, passwords and noPasswordRequired",
  );
  expect(() => checkInputs(cloud, cacheUser, { ...base, passwords: ["short"] })).toThrow(
    "has 16 to 128 printable characters",
  );
  expect(() => checkInputs(cloud, cacheUser, { ...base, authenticationMode: { type: "password" } })).toThrow(
    "is required where type is password",
  );
});

test("a redis group needs a default user and takes no valkey user; a valkey group takes no user without password", async () => {
  await user("app", { authenticationMode: secret });
  await user("modern", { authenticationMode: secret, engine: "valkey" });
  await user("off", { userName: "default", accessString: "off -@all", noPasswordRequired: true });
  const join = (engine: string, userIds: string[]) =>
    createResource(cloud, cacheUserGroup, { userGroupId: "users", engine, userIds });
  await expect(join("redis", ["app"])).rejects.toThrow("DefaultUserRequired");
  await expect(join("redis", ["off", "modern"])).rejects.toThrow("'modern' is a user of engine valkey");
  await expect(join("redis", ["off", "default"])).rejects.toThrow("DuplicateUserName");
  await expect(join("redis", ["default", "nobody"])).rejects.toThrow("UserNotFound");
  await expect(join("valkey", ["off", "app"])).rejects.toThrow("takes only users that authenticate");
  await expect(join("redis", ["off", "app"])).resolves.toBeDefined();
});

test("a subnet group is stored in small letters and must not be called default", async () => {
  expect(
    (await createResource(cloud, cacheSubnetGroup, { name: "Clinic", subnetIds: ["subnet-1"] })).outputs.name,
  ).toBe("clinic");
  expect(() => checkInputs(cloud, cacheSubnetGroup, { name: "default", subnetIds: ["subnet-1"] })).toThrow(
    'must not be "default"',
  );
});

test("the replica that has seen most is elected, never one that was not complete", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ offset: fc.nat(), complete: fc.boolean() })), async (replicas) => {
      const elected = await electPrimary(
        replicas.map((_, index) => index),
        (index) => ({
          replication: async () => ({ role: "slave", linkUp: false, offset: 0, complete: false, ...replicas[index] }),
        }),
      );
      const complete = replicas.filter((replica) => replica.complete);
      if (complete.length === 0) return expect(elected).toBeUndefined();
      expect(replicas[elected ?? -1]).toMatchObject({
        complete: true,
        offset: Math.max(...complete.map(({ offset }) => offset)),
      });
    }),
  );
});

test("memory is the node type's less the reserved part, but never more than the machine can spare", () => {
  const gib = 2 ** 30;
  expect(nodeMemoryBytes("cache.r7g.large")).toBe(14_037_181_030);
  expect(maxMemory("cache.t4g.micro", 25, 2, 64 * gib)).toEqual({ bytes: 402_653_184, capped: false });
  expect(maxMemory("cache.r7g.large", 25, 2, 8 * gib)).toEqual({ bytes: gib, capped: true });
});

test("tokens: the first alone, both while one is rotated, the new one alone after SET, none without", () => {
  expect(tokensAfter([], { authToken: "a" })).toEqual(["a"]);
  expect(tokensAfter(["a"], { authToken: "b" })).toEqual(["b", "a"]);
  expect(tokensAfter(["b", "a"], { authToken: "b", authTokenUpdateStrategy: "SET" })).toEqual(["b"]);
  expect(tokensAfter(["b"], { authTokenUpdateStrategy: "DELETE" })).toEqual([]);
});

test("the next window opens later today or tomorrow, and only old automatic snapshots expire", () => {
  const now = new Date("2026-11-23T04:00:00Z");
  expect(untilWindow("05:00-06:00", now)).toBe(3_600_000);
  expect(untilWindow("03:00-04:00", now)).toBe(23 * 3_600_000);
  const snapshot = (name: string, createdAt: string, automatic = true) => ({ name, group: "g", createdAt, automatic });
  const all = [
    snapshot("old", "2026-11-20T03:00:00Z"),
    snapshot("kept", "2026-11-22T05:00:00Z"),
    snapshot("final", "2020-01-01T00:00:00Z", false),
  ];
  expect(expiredSnapshots(all, 1, now).map(({ name }) => name)).toEqual(["old"]);
});

test("restarts slow down to five seconds", () => {
  expect([0, 1, 2, 3, 20].map(restartDelayMs)).toEqual([0, 100, 200, 400, 5_000]);
});

test("the asked engine is taken if it is installed, else its relative", () => {
  const redis = { engine: "redis", version: "7.0.15", path: "/r" } as const;
  const valkey = { engine: "valkey", version: "8.0.1", path: "/v" } as const;
  expect(nearestRedis("valkey", [redis])).toBe(redis);
  expect(nearestRedis("redis", [valkey, redis])).toBe(redis);
  expect(() => nearestRedis("redis", [])).toThrow("neither redis-server nor valkey-server is installed");
});

test("a node's configuration listens by TLS alone and replicates from the primary's own address", () => {
  const text = renderRedisConfig({
    bind: ["127.1.0.10", "127.1.0.12"],
    port: 6379,
    directory: "/data",
    tls: { certificateFile: "/c", keyFile: "/k", caFile: "/a" },
    replicaOf: { address: "127.1.0.11", port: 6379 },
    internal: { user: "service", password: "p" },
    users: [{ name: "default", rules: ["off", "-@all"] }],
    directives: { maxmemory: "1024" },
    journal: true,
  });
  for (const line of [
    "bind 127.1.0.10 127.1.0.12",
    "port 0",
    "tls-port 6379",
    "replicaof 127.1.0.11 6379",
    'maxmemory "1024"',
    "user default off -@all",
  ])
    expect(text.split("\n")).toContain(line);
});
