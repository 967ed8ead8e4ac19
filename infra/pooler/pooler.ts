import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { clientNamespaceLabel } from "../cluster/pod-security";
import type { StackConfig } from "../config/schema";
import { postgresPort } from "../network/ports";
import { poolerPort } from "./pgbouncer-settings";
import type { PoolerAccess } from "./pooler-access";
import { PoolerFleet } from "./pooler-fleet";
import { poolerMetricsPort } from "./pooler-pod";

export interface PoolerArgs {
  readonly namespace: pulumi.Input<string>;
  /** Servers behind this pooler; each has a fleet of its own, and the Service spreads new clients over all of them. */
  readonly hosts: readonly pulumi.Input<string>[];
  /** Which of the configured cluster IPs is this pooler's. */
  readonly role: "rw" | "ro";
  /** Pods, sizes, settings, images, and the version the image holds. */
  readonly config: Pick<StackConfig, "pooler" | "pgbouncerVersion" | "images">;
  readonly access: PoolerAccess;
  /** ConfigMap with the authorities that sign the servers' certificates. */
  readonly caConfigMap: pulumi.Input<string>;
}

/** PgBouncer in front of one role of the database; `name` is also the name of its Service. */
export class Pooler extends pulumi.ComponentResource {
  readonly name: string;
  /** What clients connect to: the address where configuration fixes it, for the certificate then names it; else the DNS name. */
  readonly host: pulumi.Output<string>;
  /** DNS name of the Service inside the cluster. */
  readonly dnsName: pulumi.Output<string>;
  /** DNS name that lists every pod, for whoever scrapes their figures. */
  readonly podsDnsName: pulumi.Output<string>;

  constructor(name: string, args: PoolerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:pooler:Pooler", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const { config } = args;
    const labels = { "app.kubernetes.io/name": "pgbouncer", "app.kubernetes.io/instance": name };
    const metadata = { name, namespace: args.namespace, labels: { ...labels, "app.kubernetes.io/part-of": "plinth" } };

    const serviceAccount = createServiceAccount();
    const fleets = createFleets();
    const service = createService();
    createPodList();
    createDisruptionBudget();
    createNetworkPolicy();

    this.name = name;
    this.dnsName = pulumi.interpolate`${name}.${args.namespace}.svc.cluster.local`;
    this.podsDnsName = pulumi.interpolate`${name}-pods.${args.namespace}.svc.cluster.local`;
    this.host = config.pooler.clusterIps ? service.spec.clusterIP : this.dnsName;
    this.registerOutputs({ host: this.host, dnsName: this.dnsName });

    function createServiceAccount(): core.ServiceAccount {
      return new core.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, { parent });
    }

    function createFleets(): PoolerFleet[] {
      const fleetName = (index: number) => (args.hosts.length === 1 ? name : `${name}-${index + 1}`);
      return args.hosts.map(
        (host, index) =>
          new PoolerFleet(
            fleetName(index),
            {
              namespace: args.namespace,
              host,
              servers: args.hosts.length,
              // Writes have nowhere else to go: they wait for the failover. Reads go to the pods of another replica.
              readyWhen: args.role === "rw" ? "listening" : "server",
              labels: metadata.labels,
              serviceAccount: serviceAccount.metadata.name,
              config,
              access: args.access,
              caConfigMap: args.caConfigMap,
            },
            { parent },
          ),
      );
    }

    function createService(): core.Service {
      return new core.Service(
        `${name}-service`,
        {
          metadata,
          spec: {
            type: "ClusterIP",
            clusterIP: config.pooler.clusterIps?.[args.role],
            selector: labels,
            ports: [{ name: "postgres", port: poolerPort, targetPort: poolerPort, protocol: "TCP" }],
          },
        },
        { parent, deleteBeforeReplace: true, dependsOn: fleets },
      );
    }

    function createPodList(): void {
      new core.Service(
        `${name}-pods`,
        {
          metadata: { ...metadata, name: `${name}-pods` },
          spec: {
            clusterIP: "None",
            selector: labels,
            ports: [{ name: "metrics", port: poolerMetricsPort, targetPort: poolerMetricsPort, protocol: "TCP" }],
          },
        },
        { parent, deleteBeforeReplace: true },
      );
    }

    function createDisruptionBudget(): void {
      new policy.PodDisruptionBudget(
        `${name}-budget`,
        { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
        { parent, deleteBeforeReplace: true },
      );
    }

    function createNetworkPolicy(): void {
      new networking.NetworkPolicy(
        `${name}-policy`,
        {
          metadata,
          spec: {
            podSelector: { matchLabels: labels },
            policyTypes: ["Ingress", "Egress"],
            ingress: [
              { from: [{ namespaceSelector: { matchLabels: clientNamespaceLabel } }], ports: [tcp(poolerPort)] },
              {
                from: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "metrics-collector" } } }],
                ports: [tcp(poolerMetricsPort)],
              },
            ],
            // No addresses: those of RDS change, and its security group decides who is let in.
            egress: [{ ports: [tcp(postgresPort)] }, { ports: [tcp(53), { port: 53, protocol: "UDP" }] }],
          },
        },
        { parent, deleteBeforeReplace: true },
      );
    }
  }
}

function tcp(port: number) {
  return { port, protocol: "TCP" };
}
