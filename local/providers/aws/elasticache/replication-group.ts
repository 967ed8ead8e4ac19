import { Refusal, type Bag, type Cloud, type Kind, type Resource } from "../../../contract";
import { arn, knownText, regionOf, tagOutputs, withoutNulls } from "../common";
import { stringsOf } from "./acl";
import type { CacheGroup } from "./cache-group";
import { memberId, readGroup } from "./cache-group-record";
import { cacheGroup, forgetCacheGroup } from "./cache-groups";
import { defaultPort, engineOf, nodeCount } from "./cache-settings";
import { replicationGroupType } from "./names";
import { replicationGroupInputs } from "./replication-group-inputs";
import {
  admitReplicationGroup,
  replicationGroupDiff,
  replicationGroupProblems,
  replicationGroupReplacedBy,
  tokensAfter,
} from "./replication-group-rules";
import { cancelSnapshots, scheduleSnapshots } from "./snapshot-schedule";
import { takeSnapshot } from "./snapshots";

/** One shard of real Redis (or Valkey) servers: a primary, its replicas and two addresses that follow them. */
export const replicationGroup: Kind = {
  type: replicationGroupType,
  inputs: replicationGroupInputs,
  bootOrder: 40,
  replaceOn: [...replicationGroupReplacedBy, "region"],
  defaults: (inputs, naming) => ({
    replicationGroupId: naming.auto("replicationGroupId", { maxLength: 40 }),
    engine: "redis",
    automaticFailoverEnabled: false,
    multiAzEnabled: false,
    ...withoutNulls(inputs),
  }),
  refuse: (inputs, { priorInputs }) => replicationGroupProblems(inputs, priorInputs),
  diff: replicationGroupDiff,
  identify: (inputs) => (knownText(inputs, "replicationGroupId") ?? "").toLowerCase(),

  async create({ cloud, id, inputs, status }) {
    admitReplicationGroup(replicationGroupInputs.parse(inputs), cloud, readGroup(cloud, id) === undefined);
    const group = cacheGroup(cloud, id);
    status(`starting ${nodeCount(inputs)} cache node(s)`);
    await group.start(inputs, { tokens: tokensAfter([], inputs), snapshotName: knownText(inputs, "snapshotName") });
    for (const note of group.settings.notes) status(note);
    scheduleSnapshots(cloud, group, inputs);
    return outputsOf(group, inputs, cloud);
  },

  async update({ cloud, id, inputs, priorInputs, status }) {
    admitReplicationGroup(replicationGroupInputs.parse(inputs), cloud, false);
    const group = cacheGroup(cloud, id);
    const { tokens } = group.record;
    const rotated =
      inputs.authToken !== priorInputs.authToken ||
      inputs.authTokenUpdateStrategy !== priorInputs.authTokenUpdateStrategy;
    await group.reconfigure(inputs, undefined, rotated ? tokensAfter(tokens, inputs) : tokens);
    for (const note of group.settings.notes) status(note);
    scheduleSnapshots(cloud, group, inputs);
    return outputsOf(group, inputs, cloud);
  },

  async delete({ cloud, id, inputs, status }) {
    if (!readGroup(cloud, id)) return forgetCacheGroup(cloud, id);
    const group = cacheGroup(cloud, id);
    cancelSnapshots(group);
    const final = knownText(inputs, "finalSnapshotIdentifier");
    if (final) {
      status(`taking the final snapshot ${final}`);
      await takeSnapshot(cloud, group.primary, { name: final, group: id, automatic: false });
    }
    await group.delete(inputs);
    forgetCacheGroup(cloud, id);
  },

  async resume({ id, inputs }, cloud) {
    const group = cacheGroup(cloud, id);
    await group.start(inputs);
    scheduleSnapshots(cloud, group, inputs);
  },

  async describe({ id, inputs }, cloud) {
    const group = cacheGroup(cloud, id);
    const { primary } = group.record;
    const down = group.nodes.filter(({ alive }) => !alive).length;
    const { binary } = group.settings;
    return [
      group.primary.alive ? "available" : "unavailable",
      `primary ${memberId(id, primary)} on ${group.places.primaryEndpoint}`,
      `${group.nodes.length - 1 - down} of ${nodeCount(inputs) - 1} replica(s), asynchronous`,
      `${binary.engine} ${binary.version}`,
      ...(nodeCount(inputs) > 2 ? ["the reader endpoint leads to one replica at a time"] : []),
    ].join(", ");
  },

  actions: {
    failover: async ({ id }, cloud) => ({ primary: await cacheGroup(cloud, id).failOver() }),
    async reboot({ id }, cloud, args) {
      const member = knownText(args, "node") ?? memberId(id, cacheGroup(cloud, id).record.primary);
      await cacheGroup(cloud, id).reboot(Number(member.slice(-3)));
      return { node: member };
    },
    async snapshot({ id }, cloud, args) {
      const name = knownText(args, "name");
      if (!name) throw new Refusal("InvalidParameterValue", "snapshot needs the argument 'name'");
      await takeSnapshot(cloud, cacheGroup(cloud, id).primary, { name, group: id, automatic: false });
      return { snapshot: name };
    },
  },

  read: async (resource: Resource, cloud: Cloud) =>
    readGroup(cloud, resource.id)
      ? {
          ...resource.outputs,
          memberClusters: cacheGroup(cloud, resource.id).record.nodes.map((node) => memberId(resource.id, node)),
        }
      : undefined,
};

function outputsOf(group: CacheGroup, inputs: Bag, cloud: Cloud): Bag {
  const { id, record, settings, places } = group;
  const region = regionOf({ region: knownText(inputs, "region") }, cloud);
  return {
    ...tagOutputs(inputs),
    replicationGroupId: id,
    region,
    arn: arn(cloud, "elasticache", `replicationgroup:${id}`, region),
    primaryEndpointAddress: places.primaryEndpoint,
    readerEndpointAddress: places.readerEndpoint,
    configurationEndpointAddress: "",
    port: settings.port ?? defaultPort,
    memberClusters: record.nodes.map((node) => memberId(id, node)),
    numCacheClusters: record.nodes.length,
    numNodeGroups: 1,
    replicasPerNodeGroup: record.nodes.length - 1,
    clusterEnabled: false,
    clusterMode: "disabled",
    engineVersion: inputs.engineVersion ?? settings.binary.version.split(".").slice(0, 2).join("."),
    engineVersionActual: settings.binary.version,
    parameterGroupName:
      inputs.parameterGroupName ?? `default.${engineOf(inputs)}${settings.binary.version.split(".")[0]}`,
    subnetGroupName: inputs.subnetGroupName ?? "default",
    securityGroupIds: stringsOf(inputs.securityGroupIds),
    atRestEncryptionEnabled: inputs.atRestEncryptionEnabled ?? engineOf(inputs) === "valkey",
    transitEncryptionEnabled: settings.tls,
    transitEncryptionMode: settings.tls ? "required" : "",
    snapshotWindow: inputs.snapshotWindow ?? "03:00-04:00",
    maintenanceWindow: inputs.maintenanceWindow ?? "sun:05:00-sun:06:00",
    autoMinorVersionUpgrade: inputs.autoMinorVersionUpgrade ?? true,
  };
}
