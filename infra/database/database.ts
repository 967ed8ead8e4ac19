import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as rds from "@pulumi/aws/rds";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema";
import { postgresPort } from "../network/ports";
import { CustomerKey } from "../security/customer-key";
import { databaseName, databaseUsers } from "../security/database-users";
import { finalSnapshotName } from "../final-snapshot";
import { partitionOf, trustService } from "../security/policy-document";
import { groupParameters, type DatabaseRole } from "./parameters";
import { replicaPlan } from "./replica-plan";

export interface DatabaseArgs {
  readonly config: StackConfig;
  readonly securityGroupId: pulumi.Input<string>;
  readonly masterPassword: pulumi.Input<string>;
}

/** One instance as others refer to it. */
export interface DatabaseInstance {
  readonly id: string;
  readonly role: DatabaseRole;
  readonly host: pulumi.Output<string>;
}

const exportedLogs = ["postgresql", "upgrade"];

/** Days that Database Insights keeps: RDS takes no other numbers for the two modes (RDS User Guide, "Turning on the Advanced mode"). */
const insightsDays = { standard: 7, advanced: 465 };

/** A copy of terabytes, a Multi-AZ conversion or a final snapshot takes longer than the provider's 40 to 80 minutes. */
const instanceTimeouts = { create: "2h", update: "3h", delete: "2h" };

/** PostgreSQL on RDS: a Multi-AZ primary and streaming read replicas in distinct zones. */
export class Database extends pulumi.ComponentResource {
  readonly primary: rds.Instance;
  readonly replicas: readonly rds.Instance[];
  /** Host name that follows a Multi-AZ failover. */
  readonly writerHost: pulumi.Output<string>;
  readonly readerHosts: pulumi.Output<string>[];
  /** Identifier, as CloudWatch knows it, and host of every instance, the primary first. */
  readonly instances: readonly DatabaseInstance[];
  /** Names of what RDS sends events about, known once it exists. */
  readonly eventSources: {
    readonly instances: readonly pulumi.Output<string>[];
    readonly parameterGroups: readonly pulumi.Output<string>[];
  };

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:database:Database", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const { config } = args;
    const settings = config.database;
    const family = `postgres${settings.engineVersion}`;
    const plan = replicaPlan(config.prefix, settings.replicas, config.privateSubnets);
    const primaryIdentifier = `${config.prefix}-primary`;

    const key = createKey();
    const monitoringRoleArn = createMonitoringRole();
    const subnetGroup = createSubnetGroup();
    const primaryParameters = createParameterGroup("primary");
    const replicaParameters = createParameterGroup("replica");
    const common = commonInputs();
    this.primary = createPrimary();
    this.replicas = plan.map((replica) => createReplica(this.primary, replica));

    this.writerHost = this.primary.address;
    this.readerHosts = this.replicas.map((replica) => replica.address);
    this.instances = [
      { id: primaryIdentifier, role: "primary", host: this.writerHost },
      ...this.replicas.map(({ address }, i) => ({
        id: plan[i]?.identifier ?? "",
        role: "replica" as const,
        host: address,
      })),
    ];
    this.eventSources = {
      instances: [this.primary, ...this.replicas].map((instance) => instance.identifier),
      parameterGroups: [primaryParameters.name, replicaParameters.name],
    };
    this.registerOutputs({ writerHost: this.writerHost, readerHosts: this.readerHosts, instances: this.instances });

    function createKey(): CustomerKey {
      return new CustomerKey(
        `${name}-data`,
        {
          alias: `${config.prefix}-database`,
          description: "PostgreSQL storage, snapshots, Performance Insights and logs",
          place: config,
          services: [`logs.${config.region}.amazonaws.com`],
          deletionWindowDays: config.keyDeletionWindowDays,
          outlivesStack: settings.finalSnapshot,
        },
        { parent },
      );
    }

    /** The role's ARN once it may publish: RDS looks at its rights when an instance is made. */
    function createMonitoringRole(): pulumi.Output<string> {
      const role = new iam.Role(
        `${name}-monitoring`,
        {
          name: `${config.prefix}-rds-monitoring`,
          description: "Lets RDS publish enhanced monitoring",
          assumeRolePolicy: trustService("monitoring.rds.amazonaws.com"),
        },
        { parent },
      );
      const attachment = new iam.RolePolicyAttachment(
        `${name}-monitoring`,
        {
          role: role.name,
          policyArn: `arn:${partitionOf(config.region)}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole`,
        },
        { parent },
      );
      return pulumi.all([role.arn, attachment.id]).apply(([arn]) => arn);
    }

    function createSubnetGroup(): rds.SubnetGroup {
      return new rds.SubnetGroup(
        `${name}-subnets`,
        {
          name: `${config.prefix}-database`,
          description: "Private subnets of the database",
          subnetIds: config.privateSubnets.map((subnet) => subnet.id),
        },
        { parent },
      );
    }

    /** The family is all that replaces a group, and it is in the name: a replacement never meets the group in use. */
    function createParameterGroup(role: DatabaseRole): rds.ParameterGroup {
      return new rds.ParameterGroup(
        `${name}-${role}-parameters`,
        {
          name: `${config.prefix}-${role}-${family}`,
          family,
          description: `Plinth ${role} on ${family}`,
          parameters: groupParameters(role, config.databaseParameters),
        },
        { parent },
      );
    }

    /** What the primary and its replicas must have alike, so that a promoted replica is not a weaker one. */
    function commonInputs() {
      return {
        storageType: "gp3",
        storageEncrypted: true,
        // With a ceiling set, the provider takes allocatedStorage as the initial size and ignores growth (aws_db_instance docs).
        maxAllocatedStorage: settings.maxAllocatedStorageGiB,
        port: postgresPort,
        vpcSecurityGroupIds: [args.securityGroupId],
        publiclyAccessible: false,
        iamDatabaseAuthenticationEnabled: true,
        caCertIdentifier: settings.caCertIdentifier,
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: key.arn,
        databaseInsightsMode: settings.databaseInsights,
        performanceInsightsRetentionPeriod: insightsDays[settings.databaseInsights],
        monitoringInterval: settings.monitoringIntervalSeconds,
        monitoringRoleArn,
        enabledCloudwatchLogsExports: exportedLogs,
        maintenanceWindow: settings.maintenanceWindow,
        // With a major-only engineVersion RDS upgrades minors itself, replicas before the primary; doing it through the
        // provider would start with the primary and fail (terraform-provider-aws issue 22107).
        autoMinorVersionUpgrade: true,
        allowMajorVersionUpgrade: false,
        applyImmediately: settings.applyImmediately,
        copyTagsToSnapshot: true,
        deletionProtection: settings.deletionProtection,
      };
    }

    /** Declared before the instance: RDS would create them without retention and without our key. */
    function createLogGroups(identifier: string): cloudwatch.LogGroup[] {
      return exportedLogs.map(
        (log) =>
          new cloudwatch.LogGroup(
            `${name}-${identifier}-${log}`,
            {
              name: `/aws/rds/instance/${identifier}/${log}`,
              retentionInDays: config.logRetentionDays,
              kmsKeyId: key.arn,
            },
            { parent },
          ),
      );
    }

    function createPrimary(): rds.Instance {
      const finalSnapshot = finalSnapshotName(name, primaryIdentifier, { parent });
      return new rds.Instance(
        `${name}-primary`,
        {
          ...common,
          identifier: primaryIdentifier,
          engine: "postgres",
          engineVersion: settings.engineVersion,
          engineLifecycleSupport: "open-source-rds-extended-support-disabled",
          instanceClass: settings.instanceClass,
          allocatedStorage: settings.allocatedStorageGiB,
          kmsKeyId: key.arn,
          dbName: databaseName,
          username: databaseUsers.admin,
          password: args.masterPassword,
          dbSubnetGroupName: subnetGroup.name,
          parameterGroupName: primaryParameters.name,
          multiAz: settings.multiAz,
          backupRetentionPeriod: settings.backupRetentionDays,
          backupWindow: settings.backupWindow,
          deleteAutomatedBackups: !settings.finalSnapshot,
          skipFinalSnapshot: !settings.finalSnapshot,
          finalSnapshotIdentifier: settings.finalSnapshot ? finalSnapshot : undefined,
        },
        {
          parent,
          protect: settings.deletionProtection,
          customTimeouts: instanceTimeouts,
          dependsOn: createLogGroups(primaryIdentifier),
        },
      );
    }

    /**
     * A same-region replica inherits engine, user, database, subnets, size and key from its source and refuses them as
     * inputs; the provider sets its parameter group by a modify after the create (terraform-provider-aws issue 38056).
     */
    function createReplica(source: rds.Instance, replica: { identifier: string; zone: string }): rds.Instance {
      return new rds.Instance(
        `${name}-${replica.identifier.slice(config.prefix.length + 1)}`,
        {
          ...common,
          identifier: replica.identifier,
          replicateSourceDb: source.identifier,
          instanceClass: settings.replicaInstanceClass ?? settings.instanceClass,
          availabilityZone: replica.zone,
          multiAz: false,
          parameterGroupName: replicaParameters.name,
          backupRetentionPeriod: 0,
          // RDS takes no final snapshot of a replica; without this its deletion fails.
          skipFinalSnapshot: true,
        },
        {
          parent,
          deleteBeforeReplace: true,
          customTimeouts: instanceTimeouts,
          dependsOn: createLogGroups(replica.identifier),
        },
      );
    }
  }
}
