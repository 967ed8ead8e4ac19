import { z } from "zod";
import { regional, tagged } from "../common";
import { nodeMemoryBytes } from "./node-types";

const day = "(mon|tue|wed|thu|fri|sat|sun)";
const time = "([01]\\d|2[0-3]):[0-5]\\d";

/** `05:00-09:00` */
const dailyWindow = z
  .string()
  .regex(new RegExp(`^${time}-${time}$`), "must look like 05:00-09:00 (UTC)")
  .refine((window) => minutes(window) >= 60, "must be at least 60 minutes long");

/** `sun:05:00-sun:09:00` */
const weeklyWindow = z
  .string()
  .regex(new RegExp(`^${day}:${time}-${day}:${time}$`, "i"), "must look like sun:05:00-sun:09:00 (UTC)");

const logDelivery = z.strictObject({
  destination: z.string().min(1),
  destinationType: z.enum(["cloudwatch-logs", "kinesis-firehose"]),
  logFormat: z.enum(["text", "json"]),
  logType: z.enum(["slow-log", "engine-log"]),
});

/** What is left out is not modelled: more than one shard, global groups, data tiering, TLS that also takes plain connections. */
export const replicationGroupInputs = z.strictObject({
  ...regional,
  ...tagged,
  replicationGroupId: z
    .string()
    .max(40, "has at most 40 characters")
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "begins with a letter and holds letters, digits and hyphens only")
    .refine((id) => !id.endsWith("-") && !id.includes("--"), "must not end with a hyphen or hold two side by side"),
  description: z.string().min(1, "must not be empty"),
  engine: z.string().regex(/^(redis|valkey)$/i, "must be redis or valkey"),
  engineVersion: z.string().optional(),
  nodeType: z
    .string()
    .refine(
      (type) => nodeMemoryBytes(type) !== undefined,
      "is not a node type of ElastiCache, such as cache.t4g.small or cache.r7g.large",
    ),
  numCacheClusters: z.number().int().min(1).max(6, "a primary has at most 5 replicas").optional(),
  numNodeGroups: z
    .literal(1, "more than one shard (cluster mode) is not modelled by the local cloud; use 1")
    .optional(),
  replicasPerNodeGroup: z.number().int().min(0).max(5).optional(),
  clusterMode: z.literal("disabled", "cluster mode is not modelled by the local cloud").optional(),
  automaticFailoverEnabled: z.boolean(),
  multiAzEnabled: z.boolean(),
  preferredCacheClusterAzs: z.array(z.string()).optional(),
  port: z.number().int().min(1024, "lies between 1024 and 65535").max(65_535, "lies between 1024 and 65535").optional(),
  parameterGroupName: z.string().min(1).optional(),
  subnetGroupName: z.string().min(1).optional(),
  securityGroupIds: z.array(z.string().regex(/^sg-/, "must be the id of a security group (sg-…)")).optional(),
  atRestEncryptionEnabled: z.boolean().optional(),
  kmsKeyId: z.string().optional(),
  transitEncryptionEnabled: z.boolean().optional(),
  transitEncryptionMode: z
    .literal(
      "required",
      "takes 'required' only: a real Redis cannot take TLS and plain connections on one port, as 'preferred' wants",
    )
    .optional(),
  authToken: z
    .string()
    .regex(/^[A-Za-z0-9!&#$^<>-]{16,128}$/, "has 16 to 128 letters, digits and !&#$^<>- only")
    .optional(),
  authTokenUpdateStrategy: z.enum(["SET", "ROTATE", "DELETE"]).optional(),
  userGroupIds: z.array(z.string().min(1)).max(1, "at most one user group can be given").optional(),
  snapshotRetentionLimit: z.number().int().min(0).max(35, "lies between 0 and 35 days").optional(),
  snapshotWindow: dailyWindow.optional(),
  snapshotName: z.string().min(1).optional(),
  finalSnapshotIdentifier: z
    .string()
    .max(255)
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "begins with a letter and holds letters, digits and hyphens only")
    .optional(),
  maintenanceWindow: weeklyWindow.optional(),
  autoMinorVersionUpgrade: z.boolean().optional(),
  applyImmediately: z.boolean().optional(),
  notificationTopicArn: z.string().startsWith("arn:", "must be the ARN of a topic").optional(),
  logDeliveryConfigurations: z.array(logDelivery).max(2).optional(),
  networkType: z.literal("ipv4", "only ipv4 is modelled by the local cloud").optional(),
  ipDiscovery: z.literal("ipv4", "only ipv4 is modelled by the local cloud").optional(),
});

export type ReplicationGroupInputs = z.output<typeof replicationGroupInputs>;

function minutes(window: string): number {
  const [from = 0, to = 0] = window.split("-").map((clock) => {
    const [hour = 0, minute = 0] = clock.split(":").map(Number);
    return hour * 60 + minute;
  });
  return (to - from + 1_440) % 1_440;
}
