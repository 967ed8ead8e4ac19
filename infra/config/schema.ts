import { z } from "zod";

/** Retention periods that CloudWatch Logs accepts, in days (PutRetentionPolicy, API reference). */
export const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const clock = "([01]\\d|2[0-3]):[0-5]\\d";
const weekday = "(mon|tue|wed|thu|fri|sat|sun)";
const dailyWindow = z.string().regex(new RegExp(`^${clock}-${clock}$`), "must look like 02:00-03:00 (UTC)");
const weeklyWindow = z
  .string()
  .regex(new RegExp(`^${weekday}:${clock}-${weekday}:${clock}$`), "must look like sun:03:30-sun:04:30 (UTC)");
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const image = z
  .string()
  .regex(/^[^\s:]+(:\d+\/[^\s:]+)?(:[\w.-]+)(@sha256:[0-9a-f]{64})?$/, "must be an image with a pinned tag");

const database = z.strictObject({
  /** Major version only: RDS chooses and upgrades the minor, replicas first (autoMinorVersionUpgrade is always on). */
  engineVersion: z.enum(["15", "16", "17"]).default("17"),
  instanceClass: z.string().default("db.r7g.xlarge"),
  /** Default: the class of the primary. */
  replicaInstanceClass: z.string().optional(),
  replicas: z.int().min(1).max(15).default(2),
  multiAz: z.boolean().default(true),
  /** A floor: storage autoscaling grows it, nothing ever shrinks it. */
  allocatedStorageGiB: z.int().min(20).max(65536).default(200),
  maxAllocatedStorageGiB: z.int().min(22).max(65536).default(1000),
  backupRetentionDays: z.int().min(1).max(35).default(14),
  backupWindow: dailyWindow.default("01:00-02:00"),
  maintenanceWindow: weeklyWindow.default("sun:03:00-sun:04:00"),
  /** Also keeps Pulumi from deleting the database and the cache; to destroy a stack, set it to false and update first. */
  deletionProtection: z.boolean().default(true),
  finalSnapshot: z.boolean().default(true),
  applyImmediately: z.boolean().default(false),
  monitoringIntervalSeconds: z
    .union([z.literal(1), z.literal(5), z.literal(10), z.literal(15), z.literal(30), z.literal(60)])
    .default(15),
  /** CloudWatch Database Insights: a week of query load, or 15 months with plans and lock analysis, for a price. */
  databaseInsights: z.enum(["standard", "advanced"]).default("standard"),
  caCertIdentifier: z.enum(["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"]).default("rds-ca-rsa2048-g1"),
  /** Default: what the RDS formula gives for the instance class. */
  maxConnections: z.int().min(20).max(8388607).optional(),
  /** Extra or changed PostgreSQL parameters, in the unit RDS uses for each. */
  parameters: z.record(z.string(), scalar).default({}),
});

const cache = z.strictObject({
  engine: z.enum(["valkey", "redis"]).default("valkey"),
  engineVersion: z.enum(["7.0", "7.1", "7.2", "8.0"]).default("7.2"),
  nodeType: z
    .string()
    .regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "must be a node type such as cache.r7g.large")
    .default("cache.r7g.large"),
  replicas: z.int().min(1).max(5).default(2),
  maxmemoryPolicy: z
    .enum(["allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl", "noeviction"])
    .default("allkeys-lfu"),
  snapshotRetentionDays: z.int().min(0).max(35).default(7),
  snapshotWindow: dailyWindow.default("00:00-01:00"),
  maintenanceWindow: weeklyWindow.default("sun:05:00-sun:06:00"),
  finalSnapshot: z.boolean().default(true),
  applyImmediately: z.boolean().default(false),
});

const pooler = z.strictObject({
  minPods: z.int().min(2).max(50).default(2),
  maxPods: z.int().min(2).max(50).default(4),
  cpu: z
    .string()
    .regex(/^\d+m?$/, "must be a CPU quantity such as 500m")
    .default("500m"),
  memory: z
    .string()
    .regex(/^\d+(Mi|Gi)$/, "must be a memory quantity such as 256Mi")
    .default("256Mi"),
  /** PgBouncer settings over the defaults; those that guard TLS and authentication cannot be changed. */
  settings: z.record(z.string(), scalar).default({}),
  /** Fixed cluster IPs, for a server certificate that must name them; default: Kubernetes chooses. */
  clusterIps: z.strictObject({ rw: z.ipv4(), ro: z.ipv4() }).optional(),
});

const poolerTls = z.union([
  z.strictObject({
    secretName: z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be the name of a Kubernetes Secret"),
  }),
  z.strictObject({
    certificatePem: z.string().includes("BEGIN CERTIFICATE", "must be PEM"),
    privateKeyPem: z.string().includes("PRIVATE KEY", "must be PEM"),
  }),
]);

const images = z.strictObject({
  pgbouncer: image.default("docker.io/edoburu/pgbouncer:v1.24.1-p1"),
  pgbouncerExporter: image.default("quay.io/prometheuscommunity/pgbouncer-exporter:v0.11.0"),
  postgresExporter: image.default("quay.io/prometheuscommunity/postgres-exporter:v0.17.1"),
  collector: image.default("public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3"),
  node: image.default("public.ecr.aws/docker/library/node:22.19.0-alpine3.22"),
});

/** What `Pulumi.<stack>.yaml` may say under `plinth:`; every default is the production choice. */
export const configSchema = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region such as eu-central-1"),
  accountId: z.string().regex(/^\d{12}$/, "must be the 12 digits of an AWS account"),
  vpcId: z.string().regex(/^vpc-[0-9a-f]+$/, "must be a VPC id such as vpc-0abc"),
  privateSubnets: z
    .array(
      z.strictObject({
        id: z.string().regex(/^subnet-[0-9a-f]+$/, "must be a subnet id such as subnet-0abc"),
        zone: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "must be an availability zone such as eu-central-1a"),
      }),
    )
    .min(2),
  eksClusterName: z.string().min(1).max(100),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a Kubernetes namespace name")
    .default("plinth"),
  tags: z.record(z.string(), z.string()).default({}),
  alertEmails: z.array(z.email()).default([]),
  logRetentionDays: z
    .int()
    .refine((days) => logRetentionDays.includes(days), `must be one of ${logRetentionDays.join(", ")}`)
    .default(365),
  keyDeletionWindowDays: z.int().min(7).max(30).default(30),
  secretRecoveryWindowDays: z
    .int()
    .refine((days) => days === 0 || (days >= 7 && days <= 30), "must be 0, or 7 to 30")
    .default(30),
  database: database.prefault({}),
  cache: cache.prefault({}),
  pooler: pooler.prefault({}),
  pgbouncerVersion: z
    .string()
    .regex(/^1\.\d+\.\d+$/, "must be a PgBouncer version such as 1.24.1")
    .default("1.24.1"),
  poolerTls,
  images: images.prefault({}),
  /** Alarm thresholds over the table in `observability/thresholds.ts`, by alarm id. */
  thresholds: z.record(z.string(), z.number()).default({}),
  /** PEM text; default: the Amazon RDS roots of the region. */
  caBundle: z.string().includes("BEGIN CERTIFICATE", "must be PEM text of at least one certificate").optional(),
  /** A new value re-runs the hook once, after the application has migrated its tables. */
  applicationRelease: z.string().min(1).max(200).default("none"),
  schemaManifest: z.string().default("schema/clinic/manifest.json"),
  maintenanceSchedule: z
    .string()
    .regex(/^(\S+\s+){4}\S+$/, "must be a cron expression of five fields")
    .default("17 * * * *"),
});

export type ParsedValues = z.output<typeof configSchema>;

/** Configuration after parsing: complete, in range and consistent; nothing checks it again. */
export interface StackConfig extends ParsedValues {
  readonly stack: string;
  /** Prefix of every name, e.g. `plinth-prod`. */
  readonly prefix: string;
  /** `database.parameters` with `maxConnections` under its PostgreSQL name. */
  readonly databaseParameters: Readonly<Record<string, string | number | boolean>>;
}
