import { z } from "zod";
import type { Cloud } from "../../../contract";

export type NodeName = "a" | "b";

const nodeName = z.enum(["a", "b"]);

const stateSchema = z.object({
  id: z.string(),
  /** Which data directory is the truth. */
  primary: nodeName,
  /**
   * Every write acknowledged so far is on the standby's disk, so it may be promoted. Written as false *before* commits stop waiting for the
   * standby and as true *after* it is known to hold everything: a crash in between can only make us promote less often than we might.
   */
  inSync: z.boolean(),
  /** `primary` was chosen by a failover that has not finished: it is still to be promoted. */
  promoting: z.boolean(),
  /**
   * What the standby's data directory needs before it can follow: after it was primary itself it may hold writes the primary never had, and is
   * rewound; when that did not help it is copied.
   */
  standbyNeeds: z.enum(["nothing", "rewind", "copy"]),
  /** Static settings in effect; the parameter group's newer values wait for a reboot. */
  applied: z.record(z.string(), z.string()),
  /** Password of the replication role; shared by an instance, its standby and its replicas. */
  replicationPassword: z.string(),
  resourceId: z.string(),
});

/** What must be known about a database after the death of the local cloud to start it again without losing a write. */
export type DatabaseState = z.infer<typeof stateSchema>;

const collection = "rds-databases";

export function readState(cloud: Cloud, id: string): DatabaseState | undefined {
  return cloud.records.get(collection, id, stateSchema);
}

export function writeState(cloud: Cloud, state: DatabaseState): void {
  cloud.records.put(collection, state.id, state);
}

export function dropState(cloud: Cloud, id: string): void {
  cloud.records.delete(collection, id);
}

export function otherNode(name: NodeName): NodeName {
  return name === "a" ? "b" : "a";
}
