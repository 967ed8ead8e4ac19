import type { Cloud } from "../../../contract";
import type { PostgresBinaries } from "../../../processes/postgres-binaries";
import type { Tenant } from "./bootstrap";
import type { NodeSetting } from "./database-node";
import { otherNode, type DatabaseState } from "./database-state";
import { installExtensionScripts } from "./extension-scripts";
import { isStatic, type EffectiveParameters } from "./parameters";

export interface DatabaseSpec {
  /** The identifier users gave it. */
  readonly id: string;
  readonly declaredMajor: number;
  readonly port: number;
  readonly multiAz: boolean;
  readonly parameters: EffectiveParameters;
  /** The master user; absent on a read replica, which has its source's. */
  readonly tenant?: Tenant;
  /** Identifier of the instance this one replicates. */
  readonly source?: string;
  /** Data directory of the snapshot it begins with. */
  readonly snapshot?: string;
}

/** The slot of a Multi-AZ standby on its primary. */
export const standbySlot = "rds_standby";

/** The slot of a read replica on its source. */
export function slotOf(replicaId: string): string {
  return `rds_${replicaId.replace(/[^a-z0-9]/g, "_")}`;
}

/** The name under which the present standby streams. */
export function standbyName(state: DatabaseState): string {
  return `standby_${otherNode(state.primary)}`;
}

/** The settings of `parameters` that are read at start only. */
export function staticSettings(parameters: EffectiveParameters, binaries: PostgresBinaries): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters.settings).filter(([name]) => isStatic(name, binaries)));
}

/** How a node is to be configured in its present role. Static parameters are as of the last reboot. */
export function nodeSetting(about: {
  readonly cloud: Cloud;
  readonly spec: DatabaseSpec;
  readonly state: DatabaseState;
  readonly binaries: PostgresBinaries;
  readonly endpoint: string;
  readonly serving: boolean;
  readonly sourcePort: number | undefined;
}): NodeSetting {
  const { cloud, spec, state, binaries, endpoint, serving } = about;
  const dynamic = Object.entries(spec.parameters.settings).filter(([name]) => !isStatic(name, binaries));
  const base: NodeSetting = {
    parameters: spec.parameters,
    settings: { ...Object.fromEntries(dynamic), ...state.applied },
    extensionScripts: installExtensionScripts(cloud),
    endpoint,
    serving,
  };
  const password = state.replicationPassword;
  if (spec.source !== undefined) {
    const name = slotOf(spec.id);
    const host = cloud.addresses.of(`rds/${spec.source}`);
    return { ...base, upstream: { host, port: about.sourcePort ?? spec.port, name, slot: name, password } };
  }
  if (serving) return { ...base, synchronousStandby: state.inSync ? standbyName(state) : "" };
  return {
    ...base,
    upstream: { host: endpoint, port: spec.port, name: standbyName(state), slot: standbySlot, password },
  };
}
