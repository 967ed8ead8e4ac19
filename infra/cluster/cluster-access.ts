import { getClusterOutput } from "@pulumi/aws/eks";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import * as core from "@pulumi/kubernetes/core/v1";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { renderKubeconfig } from "./kubeconfig";

export interface ClusterAccessArgs {
  readonly clusterName: string;
  readonly region: string;
  readonly accountId: string;
  /** Namespace to create for everything of this stack. */
  readonly namespace: string;
  /** Tags of every AWS resource. */
  readonly tags: Readonly<Record<string, string>>;
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
    this.aws = new AwsProvider(
      `${name}-aws`,
      // A mistaken profile fails here instead of building in a stranger's account.
      { region: args.region, allowedAccountIds: [args.accountId], defaultTags: { tags: { ...args.tags } } },
      { parent: this },
    );
    const cluster = getClusterOutput({ name: args.clusterName }, { parent: this, provider: this.aws });
    this.podSecurityGroupId = cluster.vpcConfig.clusterSecurityGroupId;
    this.kubernetes = new KubernetesProvider(
      `${name}-kubernetes`,
      {
        kubeconfig: pulumi.all([cluster.endpoint, cluster.certificateAuthorities]).apply(([endpoint, authorities]) =>
          renderKubeconfig({
            name: args.clusterName,
            region: args.region,
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
          name: args.namespace,
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
