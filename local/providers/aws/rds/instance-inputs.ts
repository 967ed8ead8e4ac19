import { z } from "zod";
import type { Bag, Value } from "../../../contract";
import { regional, tagged } from "../common";

const windowOfDay = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;
const windowOfWeek =
  /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/i;
const monitoringIntervals = [0, 1, 5, 10, 15, 30, 60];

/** `db-main-1`: the provider's own check (`validIdentifier`). */
const identifier = z
  .string()
  .max(63, "an identifier has at most 63 characters")
  .regex(/^[a-z]/, "must begin with a lower-case letter")
  .regex(/^[a-z0-9-]*$/, "may hold lower-case letters, digits and hyphens only")
  .refine((text) => !text.includes("--") && !text.endsWith("-"), "may not end with a hyphen or hold two in a row");

const snapshotIdentifier = z
  .string()
  .regex(/^[A-Za-z](?!.*--)[A-Za-z0-9-]*$/, "must begin with a letter and hold letters, digits and single hyphens only")
  .refine((text) => !text.endsWith("-"), "may not end with a hyphen");

/** The properties of `aws.rds.Instance` that mean something for PostgreSQL, except those listed in docs/local.md as not modelled. */
export const instanceInputs = z.strictObject({
  ...regional,
  ...tagged,
  allocatedStorage: z.number().int().min(5).max(65_536).optional(),
  allowMajorVersionUpgrade: z.boolean().optional(),
  applyImmediately: z.boolean().optional(),
  autoMinorVersionUpgrade: z.boolean().optional(),
  availabilityZone: z.string().optional(),
  backupRetentionPeriod: z.number().int().min(0).max(35, "backups are kept 35 days at most").optional(),
  backupTarget: z.enum(["region"]).optional(),
  backupWindow: z.string().regex(windowOfDay, 'must look like "03:00-04:00" (UTC)').optional(),
  caCertIdentifier: z.enum(["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"]).optional(),
  copyTagsToSnapshot: z.boolean().optional(),
  databaseInsightsMode: z.enum(["standard", "advanced"]).optional(),
  dbName: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]{0,62}$/,
      "must begin with a letter and hold at most 63 letters, digits and underscores",
    )
    .optional(),
  dbSubnetGroupName: z.string().optional(),
  dedicatedLogVolume: z.boolean().optional(),
  deleteAutomatedBackups: z.boolean().optional(),
  deletionProtection: z.boolean().optional(),
  enabledCloudwatchLogsExports: z.array(z.enum(["postgresql", "upgrade", "iam-db-auth-error"])).optional(),
  engine: z.literal("postgres", { error: "the local cloud runs engine 'postgres' only" }).optional(),
  engineLifecycleSupport: z
    .enum(["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"])
    .optional(),
  engineVersion: z
    .string()
    .regex(/^1[3-9](\.\d+)?$/, 'must be a PostgreSQL version of RDS such as "17" or "17.6"')
    .optional(),
  finalSnapshotIdentifier: snapshotIdentifier.optional(),
  iamDatabaseAuthenticationEnabled: z.boolean().optional(),
  identifier,
  identifierPrefix: z.string().optional(),
  instanceClass: z.string(),
  iops: z.number().int().min(1000).optional(),
  kmsKeyId: z.string().startsWith("arn:", "must be the ARN of a KMS key").optional(),
  licenseModel: z.literal("postgresql-license").optional(),
  maintenanceWindow: z.string().regex(windowOfWeek, 'must look like "sun:04:00-sun:05:00" (UTC)').optional(),
  maxAllocatedStorage: z.number().int().min(0).max(65_536).optional(),
  monitoringInterval: z
    .number()
    .refine((seconds) => monitoringIntervals.includes(seconds), `must be one of ${monitoringIntervals.join(", ")}`)
    .optional(),
  monitoringRoleArn: z.string().optional(),
  multiAz: z.boolean().optional(),
  networkType: z.enum(["IPV4"]).optional(),
  optionGroupName: z
    .string()
    .startsWith("default:postgres-", "PostgreSQL has no options: only its default group")
    .optional(),
  parameterGroupName: z.string().optional(),
  password: z
    .string()
    .min(8, "a master password has at least 8 characters")
    .max(128, "a master password has at most 128 characters")
    .regex(/^[!-~]*$/, "may hold printable ASCII characters only")
    .regex(/^[^/"@]*$/, 'may not hold / " or @')
    .optional(),
  performanceInsightsEnabled: z.boolean().optional(),
  performanceInsightsKmsKeyId: z.string().startsWith("arn:", "must be the ARN of a KMS key").optional(),
  performanceInsightsRetentionPeriod: z
    .number()
    .refine((days) => days === 7 || days === 731 || (days % 31 === 0 && days > 0 && days <= 713), {
      error: "must be 7, 731 or a multiple of 31",
    })
    .optional(),
  port: z.number().int().min(1150).max(65_535).optional(),
  publiclyAccessible: z.boolean().optional(),
  replicateSourceDb: z.string().min(1).optional(),
  skipFinalSnapshot: z.boolean().optional(),
  snapshotIdentifier: snapshotIdentifier.optional(),
  storageEncrypted: z.boolean().optional(),
  storageThroughput: z.number().int().min(125).optional(),
  storageType: z.enum(["standard", "gp2", "gp3", "io1", "io2"]).optional(),
  username: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9_]{0,62}$/,
      "must begin with a letter and hold at most 63 letters, digits and underscores",
    )
    .refine((name) => !/^(pg_.*|rdsadmin|rds_.*|rdsrepladmin|public|none)$/i.test(name), "is a reserved name")
    .optional(),
  vpcSecurityGroupIds: z.array(z.string()).optional(),
});

export type InstanceInputs = z.output<typeof instanceInputs>;

/** Properties whose change makes a new instance (ForceNew in the provider's aws_db_instance). */
export const instanceReplaceOn = [
  "availabilityZone",
  "dbName",
  "engine",
  "identifierPrefix",
  "kmsKeyId",
  "region",
  "snapshotIdentifier",
  "storageEncrypted",
  "username",
] as const;

/** The identifier in `replicateSourceDb`, which may be an identifier or an ARN. */
export function sourceIdentifier(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value.split(":").at(-1) : undefined;
}

/** What the provider fills in. */
export function instanceDefaults(inputs: Bag): Bag {
  return {
    autoMinorVersionUpgrade: true,
    copyTagsToSnapshot: false,
    deleteAutomatedBackups: true,
    monitoringInterval: 0,
    performanceInsightsEnabled: false,
    publiclyAccessible: false,
    skipFinalSnapshot: false,
    ...inputs,
  };
}
