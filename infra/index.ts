import { Cache } from "./cache/cache";
import { ClusterAccess } from "./cluster/cluster-access";
import { TrustedAuthorities } from "./cluster/trusted-authorities";
import { databaseOverrides } from "./config/consistency";
import { loadConfig } from "./config/load-config";
import { Database } from "./database/database";
import { describeEndpoints } from "./endpoints";
import { DataNetwork } from "./network/network";
import { Pooler } from "./pooler/pooler";
import { PoolerAccess } from "./pooler/pooler-access";
import { SchemaHook } from "./post-deploy/schema-hook";
import { Credentials } from "./security/credentials";

const config = loadConfig();
const { prefix, region, logRetentionDays, keyDeletionWindowDays, images } = config;
const place = { region, accountId: config.accountId };
const common = { prefix, place, logRetentionDays, keyDeletionWindowDays };
const tags = { project: "plinth", environment: config.stack, "data-classification": "phi", ...config.tags };

const cluster = new ClusterAccess("cluster", {
  clusterName: config.eksClusterName,
  ...place,
  namespace: config.namespace,
  tags,
});
const { namespace, podSecurityGroupId } = cluster;
const opts = { providers: [cluster.aws, cluster.kubernetes] };

const network = new DataNetwork("network", { prefix, vpcId: config.vpcId, podSecurityGroupId }, opts);
const credentials = new Credentials(
  "credentials",
  { ...common, recoveryWindowDays: config.secretRecoveryWindowDays },
  opts,
);

const database = new Database(
  "database",
  {
    ...common,
    settings: config.database,
    parameters: databaseOverrides(config),
    subnets: config.privateSubnets,
    securityGroupId: network.databaseSecurityGroupId,
    masterPassword: credentials.databasePasswords.admin,
  },
  opts,
);

const cache = new Cache(
  "cache",
  {
    ...common,
    settings: config.cache,
    subnetIds: config.privateSubnets.map((subnet) => subnet.id),
    securityGroupId: network.cacheSecurityGroupId,
    password: credentials.cachePassword,
  },
  opts,
);

const { configMap: caConfigMap } = new TrustedAuthorities(
  "authorities",
  { namespace, region, caBundle: config.caBundle },
  opts,
);

const hook = new SchemaHook(
  "hook",
  {
    namespace,
    host: database.writerHost,
    credentials,
    caConfigMap,
    manifestPath: config.schemaManifest,
    applicationRelease: config.applicationRelease,
    image: images.node,
    maintenanceSchedule: config.maintenanceSchedule,
  },
  { ...opts, dependsOn: [database.primary] },
);

const access = new PoolerAccess(
  "pooler-access",
  { namespace, passwords: credentials.databasePasswords, tls: config.poolerTls },
  opts,
);
const pooling = { namespace, pooler: config.pooler, version: config.pgbouncerVersion, images, access, caConfigMap };
// Users of the poolers exist once the hook has run.
const afterHook = { ...opts, dependsOn: [hook.job] };
const poolerRw = new Pooler(
  "pgbouncer-rw",
  { ...pooling, hosts: [database.writerHost], clusterIp: config.pooler.clusterIps?.rw },
  afterHook,
);
const poolerRo = new Pooler(
  "pgbouncer-ro",
  { ...pooling, hosts: database.readerHosts, clusterIp: config.pooler.clusterIps?.ro },
  afterHook,
);

/** Connection URLs, secret. */
export const endpoints = describeEndpoints({
  database,
  poolerRwHost: poolerRw.host,
  poolerRoHost: poolerRo.host,
  cacheHost: cache.host,
  passwords: { application: credentials.databasePasswords.application, cache: credentials.cachePassword },
});
export const instances = database.identifiers;
export const cacheNodes = cache.memberIds;
export const poolers = { rw: poolerRw.dnsName, ro: poolerRo.dnsName };
export const hookJob = hook.jobName;
export const passwordSecrets = credentials.secretArns;
