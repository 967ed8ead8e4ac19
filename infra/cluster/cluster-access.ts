import { getClusterOutput } from "@pulumi/aws/eks";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import * as core from "@pulumi/kubernetes/core/v1";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema";
import { renderKubeconfig } from "./kubeconfig";

export interface ClusterAccessArgs {
  readonly config: StackConfig;
}

/** The account and the EKS cluster that exist, as explicit providers, and the namespace the data tier lives in. */
export class ClusterAccess extends pulumi.ComponentResource {
  readonly aws: AwsProvider;
  readonly kubernetes: KubernetesProvider;
  /** Security group that EKS puts on nodes and pods. */
  readonly podSecurityGroupId: pulumi.Output<string>;
  /** Name of the namespace, known once it exists. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: ClusterAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:cluster:ClusterAccess", name, {}, opts);
    const { config } = args;
    this.aws = new AwsProvider(
      `${name}-aws`,
      // A mistaken profile fails here instead of building in a stranger's account.
      { region: config.region, allowedAccountIds: [config.accountId], defaultTags: { tags: stackTags(config) } },
      { parent: this },
    );
    const cluster = getClusterOutput({ name: config.eksClusterName }, { parent: this, provider: this.aws });
    this.podSecurityGroupId = cluster.vpcConfig.clusterSecurityGroupId;
    this.kubernetes = new KubernetesProvider(
      `${name}-kubernetes`,
      {
        kubeconfig: pulumi.all([cluster.endpoint, cluster.certificateAuthorities]).apply(([endpoint, authorities]) =>
          renderKubeconfig({
            name: config.eksClusterName,
            region: config.region,
            endpoint,
            certificateAuthority: authorities[0]?.data ?? "",
          }),
        ),
      },
      { parent: this },
    );
    const namespace = new core.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: config.namespace,
          labels: {
            "app.kubernetes.io/part-of": "plinth",
            // Pod Security Standards: refuse, not only warn about, a pod that could become root.
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      { parent: this, provider: this.kubernetes },
    );
    this.namespace = namespace.metadata.name;
    this.registerOutputs({ namespace: this.namespace, podSecurityGroupId: this.podSecurityGroupId });
  }
}

/** Tags of every AWS resource: whose it is, and that it holds health data. */
function stackTags(config: StackConfig): Record<string, string> {
  return { project: "plinth", environment: config.stack, "data-classification": "phi", ...config.tags };
}
