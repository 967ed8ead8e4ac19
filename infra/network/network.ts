import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema";
import { cachePort, postgresPort } from "./ports";

export interface DataNetworkArgs {
  readonly config: Pick<StackConfig, "prefix" | "vpcId">;
  /** Security group that pods of the cluster carry. */
  readonly podSecurityGroupId: pulumi.Input<string>;
}

/**
 * Who may reach the data: pods of the cluster, by reference, on one port each. No address ranges and no way out: neither
 * RDS nor ElastiCache opens connections. NetworkPolicies inside the cluster narrow "pods" down to pooler, hook and exporter.
 */
export class DataNetwork extends pulumi.ComponentResource {
  readonly databaseSecurityGroupId: pulumi.Output<string>;
  readonly cacheSecurityGroupId: pulumi.Output<string>;

  constructor(name: string, args: DataNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:network:DataNetwork", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    this.databaseSecurityGroupId = allowPods("database", postgresPort, "PostgreSQL instances of the data tier");
    this.cacheSecurityGroupId = allowPods("cache", cachePort, "Cache nodes of the data tier");
    this.registerOutputs({
      databaseSecurityGroupId: this.databaseSecurityGroupId,
      cacheSecurityGroupId: this.cacheSecurityGroupId,
    });

    function allowPods(purpose: string, port: number, description: string): pulumi.Output<string> {
      const groupName = `${args.config.prefix}-${purpose}`;
      const group = new ec2.SecurityGroup(
        `${name}-${purpose}`,
        {
          name: groupName,
          description,
          vpcId: args.config.vpcId,
          revokeRulesOnDelete: true,
          tags: { Name: groupName },
        },
        { parent },
      );
      new vpc.SecurityGroupIngressRule(
        `${name}-${purpose}-from-pods`,
        {
          securityGroupId: group.id,
          referencedSecurityGroupId: args.podSecurityGroupId,
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
          description: `Pods of the cluster to ${purpose}`,
        },
        { parent },
      );
      return group.id;
    }
  }
}
