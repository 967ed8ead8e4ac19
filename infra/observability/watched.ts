import type { StackConfig } from "../config/schema";
import { dbInstanceClassMemory, instanceClasses } from "../database/instance-classes";
import { maxConnections, type DatabaseRole } from "../database/parameters";
import { effectiveSettings } from "../pooler/pgbouncer-settings";
import type { Watched } from "./alarm-plan";
import type { Facts } from "./thresholds/threshold";

/** Names of what a stack runs, as CloudWatch knows them. */
export interface RunningParts {
  readonly instances: readonly { readonly id: string; readonly role: DatabaseRole }[];
  readonly poolers: readonly string[];
  readonly cacheNodes: readonly string[];
}

/** Everything that has alarms, with the sizes its thresholds are shares of. */
export function watchedParts(config: StackConfig, parts: RunningParts): Watched[] {
  const { instanceClass, replicaInstanceClass } = config.database;
  const primary = factsOf(config, instanceClass);
  const replica = factsOf(config, replicaInstanceClass ?? instanceClass);
  return [
    ...parts.instances.map(({ id, role }) => ({ scope: role, id, facts: role === "primary" ? primary : replica })),
    ...parts.poolers.map((id) => ({ scope: "pooler" as const, id, facts: primary })),
    ...parts.cacheNodes.map((id) => ({ scope: "cacheNode" as const, id, facts: primary })),
  ];
}

function factsOf(config: StackConfig, className: string): Facts {
  const instanceClass = instanceClasses.get(className);
  if (!instanceClass) throw new Error(`parsed configuration names an unknown instance class ${className}`);
  return {
    maxConnections: maxConnections(instanceClass, config.databaseParameters),
    allocatedStorageBytes: config.database.allocatedStorageGiB * 1024 ** 3,
    memoryBytes: dbInstanceClassMemory(instanceClass),
    maxClientConnections: Number(effectiveSettings(config.pooler.settings)["max_client_conn"]),
  };
}
