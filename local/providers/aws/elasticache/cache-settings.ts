import { totalmem } from "node:os";
import type { Bag, Cloud } from "../../../contract";
import { nearestRedis, type RedisBinary } from "../../../processes/redis-binary";
import type { AclUser } from "../../../processes/redis-config";
import { knownNumber, knownText } from "../common";
import { groupAccess, openAccess, stringsOf, tokenAccess, type Pending } from "./acl";
import { maxMemory } from "./node-types";
import { directivesOf, effectiveParameters } from "./parameters";

/** What the nodes of one replication group shall be, computed from the group's inputs and all it refers to. */
export interface CacheSettings {
  readonly binary: RedisBinary;
  readonly port: number;
  readonly tls: boolean;
  readonly nodes: number;
  readonly failover: boolean;
  readonly directives: Readonly<Record<string, string>>;
  readonly users: readonly AclUser[];
  /** Differences between what was asked and what this machine gives, in words. */
  readonly notes: readonly string[];
}

export const defaultPort = 6379;

export function nodeCount(inputs: Bag): number {
  const replicas = knownNumber(inputs, "replicasPerNodeGroup");
  return knownNumber(inputs, "numCacheClusters") ?? (replicas === undefined ? 1 : replicas + 1);
}

export function engineOf(inputs: Bag): "redis" | "valkey" {
  return knownText(inputs, "engine")?.toLowerCase() === "valkey" ? "valkey" : "redis";
}

/** `tokens`: the AUTH tokens that are valid now, newest first. */
export function cacheSettings(inputs: Bag, tokens: readonly string[], cloud: Cloud, pending: Pending): CacheSettings {
  const engine = engineOf(inputs);
  const binary = nearestRedis(engine);
  const nodes = nodeCount(inputs);
  const values = effectiveParameters(cloud, pending, knownText(inputs, "parameterGroupName"));
  const reserved = Number(values.get("reserved-memory-percent"));
  const nodeType = knownText(inputs, "nodeType") ?? "";
  const memory = maxMemory(nodeType, reserved, nodes, totalmem());
  const [userGroupId] = stringsOf(inputs.userGroupIds);
  const asked = knownText(inputs, "engineVersion");
  return {
    binary,
    port: knownNumber(inputs, "port") ?? defaultPort,
    tls: inputs.transitEncryptionEnabled === true,
    nodes,
    failover: inputs.automaticFailoverEnabled === true,
    directives: { ...directivesOf(values), maxmemory: String(memory.bytes) },
    users: userGroupId
      ? groupAccess(cloud, pending, userGroupId)
      : tokens.length > 0
        ? tokenAccess(tokens)
        : openAccess(),
    notes: [
      ...(binary.engine === engine &&
      (asked === undefined || binary.version.startsWith(`${asked.replace(/\.x$/, "")}.`))
        ? []
        : [`${binary.engine} ${binary.version} stands in for ${engine} ${asked ?? ""}`.trimEnd()]),
      ...(memory.capped
        ? [
            `maxmemory is ${Math.floor(memory.bytes / 2 ** 20)} MiB a node, this machine's share, not that of ${nodeType}`,
          ]
        : []),
    ],
  };
}
