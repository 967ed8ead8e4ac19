import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as elasticache from "@pulumi/aws/elasticache";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword";
import type { StackConfig } from "../config/schema";
import { cachePort } from "../network/ports";
import { CustomerKey } from "../security/customer-key";
import { cacheUser } from "../security/database-users";
import { finalSnapshotName } from "../final-snapshot";
import { applicationAccess, cacheFamily, cacheParameters, disabledAccess } from "./cache-parameters";

export interface CacheArgs {
  readonly config: StackConfig;
  readonly securityGroupId: pulumi.Input<string>;
  /** Password of the application's user. */
  readonly password: pulumi.Input<string>;
}

/** Valkey (or Redis) on ElastiCache: one primary, replicas in other zones, automatic failover, TLS and named users only. */
export class Cache extends pulumi.ComponentResource {
  /** Host that follows a failover. */
  readonly host: pulumi.Output<string>;
  readonly port: number;
  /** Node names as CloudWatch knows them. */
  readonly memberIds: readonly string[];

  constructor(name: string, args: CacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:cache:Cache", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const { config } = args;
    const settings = config.cache;
    const groupId = `${config.prefix}-cache`;
    const nodes = settings.replicas + 1;

    const key = createKey();
    const subnetGroup = createSubnetGroup();
    const parameterGroup = createParameterGroup();
    const userGroup = createUsers();
    const group = createReplicationGroup();

    this.host = group.primaryEndpointAddress;
    this.port = cachePort;
    this.memberIds = Array.from({ length: nodes }, (_, index) => `${groupId}-${String(index + 1).padStart(3, "0")}`);
    this.registerOutputs({ host: this.host, port: this.port, memberIds: this.memberIds });

    function createKey(): CustomerKey {
      return new CustomerKey(
        `${name}-data`,
        {
          alias: `${config.prefix}-cache`,
          description: "Cache storage, snapshots and logs",
          place: config,
          services: [`logs.${config.region}.amazonaws.com`],
          deletionWindowDays: config.keyDeletionWindowDays,
          outlivesStack: settings.finalSnapshot,
        },
        { parent },
      );
    }

    function createSubnetGroup(): elasticache.SubnetGroup {
      return new elasticache.SubnetGroup(
        `${name}-subnets`,
        {
          name: groupId,
          description: "Private subnets of the cache",
          subnetIds: config.privateSubnets.map((subnet) => subnet.id),
        },
        { parent },
      );
    }

    /** The family is all that replaces the group, and it is in the name. */
    function createParameterGroup(): elasticache.ParameterGroup {
      const family = cacheFamily(settings.engine, settings.engineVersion);
      return new elasticache.ParameterGroup(
        `${name}-parameters`,
        {
          name: `${groupId}-${family}`,
          family,
          description: `Plinth cache on ${family}`,
          parameters: cacheParameters(settings.maxmemoryPolicy),
        },
        { parent },
      );
    }

    /**
     * The group must contain a user called "default"; ours is switched off, has no rights and a password nobody keeps, since a Valkey group
     * takes no user without one.
     */
    function createUsers(): elasticache.UserGroup {
      const unused = new RandomPassword(`${name}-default-user`, { length: 40, special: false }, { parent });
      const disabled = new elasticache.User(
        `${name}-default-user`,
        {
          userId: `${config.prefix}-default`,
          userName: "default",
          engine: settings.engine,
          accessString: disabledAccess,
          authenticationMode: { type: "password", passwords: [pulumi.secret(unused.result)] },
        },
        { parent, additionalSecretOutputs: ["authenticationMode"] },
      );
      const application = new elasticache.User(
        `${name}-application-user`,
        {
          userId: `${config.prefix}-application`,
          userName: cacheUser,
          engine: settings.engine,
          accessString: applicationAccess,
          authenticationMode: { type: "password", passwords: [args.password] },
        },
        { parent, additionalSecretOutputs: ["authenticationMode"] },
      );
      return new elasticache.UserGroup(
        `${name}-users`,
        {
          userGroupId: `${config.prefix}-users`,
          engine: settings.engine,
          userIds: [disabled.userId, application.userId],
        },
        { parent },
      );
    }

    function createLogGroup(log: string): cloudwatch.LogGroup {
      return new cloudwatch.LogGroup(
        `${name}-${log}`,
        { name: `/aws/elasticache/${groupId}/${log}`, retentionInDays: config.logRetentionDays, kmsKeyId: key.arn },
        { parent },
      );
    }

    function createReplicationGroup(): elasticache.ReplicationGroup {
      const finalSnapshot = finalSnapshotName(name, groupId, { parent });
      return new elasticache.ReplicationGroup(
        `${name}-group`,
        {
          replicationGroupId: groupId,
          description: "Cache of the clinic",
          engine: settings.engine,
          engineVersion: settings.engineVersion,
          nodeType: settings.nodeType,
          numCacheClusters: nodes,
          automaticFailoverEnabled: true,
          multiAzEnabled: true,
          port: cachePort,
          parameterGroupName: parameterGroup.name,
          subnetGroupName: subnetGroup.name,
          securityGroupIds: [args.securityGroupId],
          atRestEncryptionEnabled: true,
          kmsKeyId: key.arn,
          transitEncryptionEnabled: true,
          transitEncryptionMode: "required",
          userGroupIds: [userGroup.userGroupId],
          snapshotRetentionLimit: settings.snapshotRetentionDays,
          snapshotWindow: settings.snapshotWindow,
          maintenanceWindow: settings.maintenanceWindow,
          finalSnapshotIdentifier: settings.finalSnapshot ? finalSnapshot : undefined,
          autoMinorVersionUpgrade: true,
          applyImmediately: settings.applyImmediately,
          logDeliveryConfigurations: ["slow-log", "engine-log"].map((logType) => ({
            logType,
            logFormat: "json",
            destinationType: "cloudwatch-logs",
            destination: createLogGroup(logType).name,
          })),
        },
        // One switch for both stores: it would be a poor one that had to give up the final snapshot.
        { parent, protect: config.database.deletionProtection },
      );
    }
  }
}
