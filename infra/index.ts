import { ClusterAccess } from "./cluster/cluster-access";
import { databaseOverrides } from "./config/consistency";
import { loadConfig } from "./config/load-config";
import { Database } from "./database/database";
import { DataNetwork } from "./network/network";
import { Credentials } from "./security/credentials";

const config = loadConfig();
const { prefix } = config;
const place = { region: config.region, accountId: config.accountId };
const tags = { project: "plinth", environment: config.stack, "data-classification": "phi", ...config.tags };

const cluster = new ClusterAccess("cluster", {
  clusterName: config.eksClusterName,
  ...place,
  namespace: config.namespace,
  tags,
});
const providers = [cluster.aws, cluster.kubernetes];

const network = new DataNetwork(
  "network",
  { prefix, vpcId: config.vpcId, podSecurityGroupId: cluster.podSecurityGroupId },
  { providers },
);

const credentials = new Credentials(
  "credentials",
  {
    prefix,
    place,
    keyDeletionWindowDays: config.keyDeletionWindowDays,
    recoveryWindowDays: config.secretRecoveryWindowDays,
  },
  { providers },
);

const database = new Database(
  "database",
  {
    prefix,
    place,
    settings: config.database,
    parameters: databaseOverrides(config),
    subnets: config.privateSubnets,
    securityGroupId: network.databaseSecurityGroupId,
    masterPassword: credentials.databasePasswords.admin,
    logRetentionDays: config.logRetentionDays,
    keyDeletionWindowDays: config.keyDeletionWindowDays,
  },
  { providers },
);

export const instances = database.identifiers;
