import { UNKNOWN, type Bag, type Change, type Cloud, type Problem } from "../../../contract";
import { Refusal } from "../../../contract";
import { isGiven, knownNumber, knownText } from "../common";
import { logGroupType } from "../cloudwatch/log-group";
import { requireSecurityGroup } from "../ec2/known-groups";
import { requireKey } from "../kms/keys";
import { stringsOf } from "./acl";
import { engineOf, nodeCount } from "./cache-settings";
import { parameterGroupType, subnetGroupType, userGroupType } from "./names";
import type { ReplicationGroupInputs } from "./replication-group-inputs";
import { requireSnapshot } from "./snapshots";

const versions = {
  redis: /^(5\.0\.6|6\.x|6\.0|6\.2|7\.[01](\.\d+)?)$/,
  valkey: /^(7\.2|8\.[0-2]|9\.0)(\.\d+)?$/,
} as const;

/** What ElastiCache refuses about properties that must go together. */
export function replicationGroupProblems(given: Bag, priorInputs: Bag | undefined): Problem[] {
  const problems: Problem[] = [];
  const say = (property: string, reason: string) => problems.push({ property, reason });
  const nodes = nodeCount(given);
  const tls = given.transitEncryptionEnabled;
  const version = knownText(given, "engineVersion");
  const engine = engineOf(given);

  if (isGiven(given, "numCacheClusters") && (isGiven(given, "numNodeGroups") || isGiven(given, "replicasPerNodeGroup")))
    say("numCacheClusters", "conflicts with numNodeGroups and replicasPerNodeGroup; give one form or the other");
  if (given.numCacheClusters !== UNKNOWN && given.automaticFailoverEnabled === true && nodes < 2)
    say("automaticFailoverEnabled", `needs at least 2 nodes, numCacheClusters is ${nodes}`);
  if (given.multiAzEnabled === true && given.automaticFailoverEnabled === false)
    say("multiAzEnabled", "needs automaticFailoverEnabled: true");
  if (version !== undefined && !versions[engine].test(version))
    say(
      "engineVersion",
      `"${version}" is not a version of ${engine} on ElastiCache (${engine === "redis" ? "6.2, 7.0, 7.1" : "7.2, 8.0, 8.1"} …)`,
    );
  if (isGiven(given, "kmsKeyId") && (given.atRestEncryptionEnabled ?? engine === "valkey") === false)
    say("kmsKeyId", "needs atRestEncryptionEnabled: true");
  if (isGiven(given, "authToken") && tls !== true && tls !== UNKNOWN)
    say("authToken", "needs transitEncryptionEnabled: true");
  if (isGiven(given, "authToken") && stringsOf(given.userGroupIds).length > 0)
    say("authToken", "cannot be given together with userGroupIds: access is by token or by users");
  if (given.authTokenUpdateStrategy === "DELETE" && isGiven(given, "authToken"))
    say("authTokenUpdateStrategy", "DELETE goes without an authToken");
  if (stringsOf(given.userGroupIds).length > 0 && tls !== true && tls !== UNKNOWN)
    say("userGroupIds", "needs transitEncryptionEnabled: true");
  if (isGiven(given, "transitEncryptionMode") && tls !== true && tls !== UNKNOWN)
    say("transitEncryptionMode", "needs transitEncryptionEnabled: true");
  if (priorInputs && tls !== UNKNOWN && (priorInputs.transitEncryptionEnabled ?? false) !== (tls ?? false))
    say(
      "transitEncryptionEnabled",
      "changes in place only by way of transitEncryptionMode 'preferred', which is not modelled; give the group another replicationGroupId to replace it",
    );
  const zones = Array.isArray(given.preferredCacheClusterAzs) ? given.preferredCacheClusterAzs.length : nodes;
  if (given.numCacheClusters !== UNKNOWN && zones !== nodes)
    say("preferredCacheClusterAzs", `must name one zone a node: ${nodes} nodes, ${zones} zones`);
  return problems;
}

/** What the service answers about things the group refers to. */
export function admitReplicationGroup(inputs: ReplicationGroupInputs, cloud: Cloud, isNew: boolean): void {
  const engine = engineOf(inputs);
  const { parameterGroupName, subnetGroupName, userGroupIds = [], snapshotName } = inputs;
  for (const group of inputs.securityGroupIds ?? []) requireSecurityGroup(cloud, group);
  if (inputs.kmsKeyId) requireKey(cloud, inputs.kmsKeyId);
  if (subnetGroupName && subnetGroupName !== "default" && !cloud.resource(subnetGroupType, subnetGroupName))
    throw new Refusal("CacheSubnetGroupNotFoundFault", `the cache subnet group '${subnetGroupName}' does not exist`);
  if (parameterGroupName) requireFamily(cloud, parameterGroupName, engine, inputs.engineVersion);
  for (const id of userGroupIds) {
    const group = cloud.resource(userGroupType, id);
    if (!group) throw new Refusal("UserGroupNotFound", `the user group '${id}' does not exist; create it first`);
    if (engine === "redis" && engineOf(group.inputs) === "valkey")
      throw new Refusal(
        "InvalidParameterCombination",
        `the user group '${id}' is of engine valkey; a redis cache takes redis groups only`,
      );
  }
  if (snapshotName && isNew) requireSnapshot(cloud, snapshotName);
  for (const { destinationType, destination } of inputs.logDeliveryConfigurations ?? [])
    if (destinationType === "cloudwatch-logs" && !cloud.resource(logGroupType, destination))
      throw new Refusal("InvalidParameterValue", `the log group '${destination}' does not exist; create it first`);
}

function requireFamily(cloud: Cloud, name: string, engine: "redis" | "valkey", version: string | undefined): void {
  const held = cloud.resource(parameterGroupType, name);
  const family = held
    ? knownText(held.inputs, "family")
    : name.startsWith("default.")
      ? name.slice("default.".length)
      : undefined;
  if (family === undefined)
    throw new Refusal("CacheParameterGroupNotFound", `the parameter group '${name}' does not exist; create it first`);
  const wanted = version === undefined ? engine : `${engine}${version.split(".")[0]}`;
  if (!family.startsWith(wanted))
    throw new Refusal(
      "InvalidParameterCombination",
      `expected a parameter group of family ${wanted} but found one of family ${family} ('${name}')`,
    );
}

/** Properties ElastiCache cannot change on a group that exists. */
export const replicationGroupReplacedBy: readonly string[] = [
  ...[
    "replicationGroupId",
    "subnetGroupName",
    "port",
    "atRestEncryptionEnabled",
    "kmsKeyId",
    "snapshotName",
    "networkType",
  ],
];

export function replicationGroupDiff(changes: Change[], olds: Bag, news: Bag): Change[] {
  return changes
    .filter(({ path }) => !path.startsWith("preferredCacheClusterAzs")) // ignored when updating, says its documentation
    .map((change) => {
      const backwards =
        (change.path === "engine" && engineOf(olds) === "valkey" && engineOf(news) === "redis") ||
        (change.path === "engineVersion" && engineOf(olds) === engineOf(news) && isOlder(news, olds));
      return backwards ? { ...change, replace: true } : change;
    });
}

function isOlder(news: Bag, olds: Bag): boolean {
  const number = (bag: Bag) => {
    const [major = 0, minor = 0] = (knownText(bag, "engineVersion") ?? "")
      .split(".")
      .map((part) => Number.parseInt(part, 10) || 0);
    return major * 1_000 + minor;
  };
  return knownText(news, "engineVersion") !== undefined && number(news) < number(olds);
}

/** The AUTH tokens that are valid after an update: ElastiCache keeps the old one beside the new until the next SET. */
export function tokensAfter(valid: readonly string[], inputs: Bag): string[] {
  const token = knownText(inputs, "authToken");
  if (token === undefined) return [];
  if (inputs.authTokenUpdateStrategy === "SET" || valid.length === 0) return [token];
  return [token, ...valid.filter((old) => old !== token)].slice(0, 2);
}

export function snapshotRetentionDays(inputs: Bag): number {
  return knownNumber(inputs, "snapshotRetentionLimit") ?? 0;
}
