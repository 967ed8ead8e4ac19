import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Cloud } from "../../../contract";

const schema = z.object({
  id: z.string(),
  /** Number of the node that takes writes. */
  primary: z.number().int(),
  nodes: z.array(z.number().int()),
  /** Of the service's own user on every node. */
  password: z.string(),
  /** AUTH tokens that are valid, newest first. */
  tokens: z.array(z.string()),
});

/** What must outlive the local cloud about a replication group. */
export type CacheGroupRecord = z.output<typeof schema>;

const collection = "elasticache-groups";

export function readGroup(cloud: Cloud, id: string): CacheGroupRecord | undefined {
  return cloud.records.get(collection, id, schema);
}

export function writeGroup(cloud: Cloud, record: CacheGroupRecord): void {
  cloud.records.put(collection, record.id, record);
}

export function dropGroup(cloud: Cloud, id: string): void {
  cloud.records.delete(collection, id);
}

export function newGroup(id: string, nodes: number, tokens: readonly string[]): CacheGroupRecord {
  return {
    id,
    primary: 1,
    nodes: Array.from({ length: nodes }, (_, index) => index + 1),
    password: randomBytes(24).toString("base64url"),
    tokens: [...tokens],
  };
}

/** `clinic-cache-001`, the name of a node in the API, in metrics and in logs. */
export function memberId(groupId: string, node: number): string {
  return `${groupId}-${String(node).padStart(3, "0")}`;
}
