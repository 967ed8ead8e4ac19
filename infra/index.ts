import { Cache } from "./cache/cache";
import { ClusterAccess } from "./cluster/cluster-access";
import { TrustedAuthorities } from "./cluster/trusted-authorities";
import { loadConfig } from "./config/load-config";
import { Database } from "./database/database";
import { administratorUrl, describeEndpoints } from "./endpoints";
import { DataNetwork } from "./network/network";
import { Observability } from "./observability/observability";
import { Pooler } from "./pooler/pooler";
import { PoolerAccess } from "./pooler/pooler-access";
import { SchemaHook } from "./post-deploy/schema-hook";
import { Credentials } from "./security/credentials";

const config = loadConfig();

const cluster = new ClusterAccess("cluster", { config });
const { namespace, podSecurityGroupId } = cluster;
const opts = { providers: [cluster.aws, cluster.kubernetes] };

const network = new DataNetwork("network", { config, podSecurityGroupId }, opts);
const credentials = new Credentials("credentials", { config }, opts);
const passwords = credentials.databasePasswords;

const database = new Database(
  "database",
  { config, securityGroupId: network.databaseSecurityGroupId, masterPassword: passwords.admin },
  opts,
);

const cache = new Cache(
  "cache",
  { config, securityGroupId: network.cacheSecurityGroupId, password: credentials.cachePassword },
  opts,
);

const { configMap: caConfigMap } = new TrustedAuthorities("authorities", { config, namespace }, opts);

const hook = new SchemaHook(
  "hook",
  { config, namespace, host: database.writerHost, passwords, caConfigMap },
  { ...opts, dependsOn: [database.primary] },
);

// Users of the poolers exist once the hook has run.
const afterHook = { ...opts, dependsOn: [hook.job] };
const access = new PoolerAccess("pooler-access", { namespace, passwords, tls: config.poolerTls }, opts);
const pooling = { config, namespace, access, caConfigMap };
const poolerRw = new Pooler("pgbouncer-rw", { ...pooling, hosts: [database.writerHost], role: "rw" }, afterHook);
const poolerRo = new Pooler("pgbouncer-ro", { ...pooling, hosts: database.readerHosts, role: "ro" }, afterHook);

const observability = new Observability(
  "observability",
  {
    config,
    namespace,
    instances: database.instances,
    eventSources: database.eventSources,
    poolers: [poolerRw, poolerRo],
    cacheNodes: cache.memberIds,
    caConfigMap,
    monitorSecret: access.monitorSecret,
  },
  opts,
);

/** Connection URLs; secret, for they hold passwords. */
export const endpoints = describeEndpoints({
  writerHost: database.writerHost,
  readerHosts: database.readerHosts,
  poolerRwHost: poolerRw.host,
  poolerRoHost: poolerRo.host,
  cacheHost: cache.host,
  applicationPassword: passwords.application,
  cachePassword: credentials.cachePassword,
});
/** For the application's migrations. */
export const administrator = administratorUrl(database.writerHost, passwords.admin);
/** What an operator looks for in the consoles. */
export const instances = database.instances.map(({ id }) => id);
export const cacheNodes = cache.memberIds;
export const poolers = { rw: poolerRw.dnsName, ro: poolerRo.dnsName };
export const hookJob = hook.jobName;
export const passwordSecrets = credentials.secretArns;
export const alarms = observability.alarmNames;
export const dashboards = observability.dashboardNames;
export const alertTopic = observability.topicArn;
