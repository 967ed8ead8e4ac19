import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { immutableConfigMap } from "../cluster/immutable-config";
import { progressDeadlineSeconds } from "../cluster/rollout";
import { postgresPort } from "../network/ports";
import { renderQueries } from "./exporter-queries";
import { exporterPort, postgresExporterPod, type ExportedInstance } from "./postgres-exporter-pod";

export interface PostgresExporterArgs {
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  readonly instances: readonly ExportedInstance[];
  readonly caConfigMap: pulumi.Input<string>;
  readonly monitorSecret: pulumi.Input<string>;
}

/** Figures of the instances that RDS does not publish; `name` is also the name of its Service. */
export class PostgresExporter extends pulumi.ComponentResource {
  /** DNS name of the pod. */
  readonly host: pulumi.Output<string>;

  constructor(name: string, args: PostgresExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:observability:PostgresExporter", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const labels = { "app.kubernetes.io/name": name };
    const metadata = { name, namespace: args.namespace, labels: { ...labels, "app.kubernetes.io/part-of": "plinth" } };
    const ports = args.instances.map((_, index) => exporterPort(index));
    const queries = immutableConfigMap(
      `${name}-queries`,
      `${name}-queries`,
      args.namespace,
      { "queries.yaml": renderQueries() },
      { parent },
    );
    const serviceAccount = createServiceAccount();
    createDeployment();
    createService();
    createNetworkPolicy();
    this.host = pulumi.interpolate`${name}.${args.namespace}.svc.cluster.local`;
    this.registerOutputs({ host: this.host });

    function createServiceAccount(): core.ServiceAccount {
      return new core.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, { parent });
    }

    function createDeployment(): void {
      new apps.Deployment(
        `${name}-deployment`,
        {
          metadata,
          spec: {
            // Two would count everything twice; a restart costs one datapoint.
            replicas: 1,
            selector: { matchLabels: labels },
            progressDeadlineSeconds,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
            template: {
              metadata: { labels: metadata.labels },
              spec: postgresExporterPod({
                image: args.image,
                instances: args.instances,
                queriesConfigMap: queries.metadata.name,
                caConfigMap: args.caConfigMap,
                monitorSecret: args.monitorSecret,
                serviceAccount: serviceAccount.metadata.name,
              }),
            },
          },
        },
        { parent, deleteBeforeReplace: true },
      );
    }

    function createService(): void {
      new core.Service(
        `${name}-service`,
        {
          metadata,
          spec: {
            clusterIP: "None",
            selector: labels,
            ports: ports.map((port, index) => ({ name: `metrics-${index}`, port, targetPort: port, protocol: "TCP" })),
          },
        },
        { parent, deleteBeforeReplace: true },
      );
    }

    function createNetworkPolicy(): void {
      const collector = { podSelector: { matchLabels: { "app.kubernetes.io/name": "metrics-collector" } } };
      new networking.NetworkPolicy(
        `${name}-policy`,
        {
          metadata,
          spec: {
            podSelector: { matchLabels: labels },
            policyTypes: ["Ingress", "Egress"],
            ingress: [{ from: [collector], ports: ports.map((port) => ({ port, protocol: "TCP" })) }],
            egress: [
              { ports: [{ port: postgresPort, protocol: "TCP" }] },
              {
                ports: [
                  { port: 53, protocol: "TCP" },
                  { port: 53, protocol: "UDP" },
                ],
              },
            ],
          },
        },
        { parent, deleteBeforeReplace: true },
      );
    }
  }
}
