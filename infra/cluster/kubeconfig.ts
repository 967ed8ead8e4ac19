/** What a kubeconfig needs to know of an EKS cluster. */
export interface ClusterAddress {
  readonly name: string;
  readonly region: string;
  readonly endpoint: string;
  readonly certificateAuthority: string;
}

/** A kubeconfig without a secret in it: `aws eks get-token` makes a short-lived token when the provider connects. */
export function renderKubeconfig(cluster: ClusterAddress): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": cluster.name,
    clusters: [
      {
        name: cluster.name,
        cluster: { server: cluster.endpoint, "certificate-authority-data": cluster.certificateAuthority },
      },
    ],
    contexts: [{ name: cluster.name, context: { cluster: cluster.name, user: cluster.name } }],
    users: [
      {
        name: cluster.name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["--region", cluster.region, "eks", "get-token", "--cluster-name", cluster.name, "--output", "json"],
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}
