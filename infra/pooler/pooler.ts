import * as apps from "@pulumi/kubernetes/apps/v1";
import * as autoscaling from "@pulumi/kubernetes/autoscaling/v2";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { digest } from "../cluster/digest";
import { immutableConfigMap } from "../cluster/immutable-config";
import { clientNamespaceLabel } from "../cluster/pod-security";
import type { StackConfig } from "../config/schema";
import { postgresPort } from "../network/ports";
import { databaseName } from "../security/database-users";
import { renderIni } from "./pgbouncer-ini";
import { effectiveSettings, poolerPort } from "./pgbouncer-settings";
import type { PoolerAccess } from "./pooler-access";
import { poolerMetricsPort, poolerPod } from "./pooler-pod";

export interface PoolerArgs {
  readonly namespace: pulumi.Input<string>;
  /** Servers behind this pooler; new connections go to them in turn. */
  readonly hosts: pulumi.Input<pulumi.Input<string>[]>;
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
  /** Address of the Service: works where cluster IPs are routable, with or without the cluster's DNS. */
  readonly host: pulumi.Output<string>;
  /** DNS name of the Service inside the cluster. */
  readonly dnsName: pulumi.Output<string>;
  /** DNS name that lists every pod, for whoever scrapes their figures. */
  readonly podsDnsName: pulumi.Output<string>;

  constructor(name: string, args: PoolerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:pooler:Pooler", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const { config } = args;
    const settings = effectiveSettings(config.pooler.settings);
    const labels = { "app.kubernetes.io/name": "pgbouncer", "app.kubernetes.io/instance": name };
    const metadata = { name, namespace: args.namespace, labels: { ...labels, "app.kubernetes.io/part-of": "plinth" } };

    const ini = renderConfiguration();
    const configMap = immutableConfigMap(`${name}-config`, name, args.namespace, { "pgbouncer.ini": ini }, { parent });
    const serviceAccount = createServiceAccount();
    const deployment = createDeployment();
    const service = createService();
    createPodList();
    createAutoscaler();
    createDisruptionBudget();
    createNetworkPolicy();

    this.name = name;
    this.host = service.spec.clusterIP;
    this.dnsName = pulumi.interpolate`${name}.${args.namespace}.svc.cluster.local`;
    this.podsDnsName = pulumi.interpolate`${name}-pods.${args.namespace}.svc.cluster.local`;
    this.registerOutputs({ host: this.host, dnsName: this.dnsName });

    function renderConfiguration(): pulumi.Output<string> {
      const render = (hosts: readonly string[]) =>
        renderIni({ database: databaseName, hosts, port: postgresPort, settings, version: config.pgbouncerVersion });
      for (const sentence of render([]).leftOut) void pulumi.log.info(sentence, parent);
      return pulumi.output(args.hosts).apply((hosts) => render(hosts).ini);
    }

    function createServiceAccount(): core.ServiceAccount {
      return new core.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, { parent });
    }

    function createDeployment(): apps.Deployment {
      return new apps.Deployment(
        `${name}-deployment`,
        {
          metadata,
          spec: {
            replicas: config.pooler.minPods,
            selector: { matchLabels: labels },
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
            template: {
              metadata: {
                labels: { ...labels, "app.kubernetes.io/part-of": "plinth" },
                annotations: {
                  "plinth.dev/config-digest": ini.apply((text) => digest(text)),
                  "prometheus.io/port": String(poolerMetricsPort),
                },
              },
              spec: poolerPod({
                labels,
                settings,
                resources: config.pooler,
                images: config.images,
                iniConfigMap: configMap.metadata.name,
                caConfigMap: args.caConfigMap,
                userlistSecret: args.access.userlistSecret,
                tlsSecret: args.access.tlsSecret,
                monitorSecret: args.access.monitorSecret,
                serviceAccount: serviceAccount.metadata.name,
              }),
            },
          },
        },
        // The autoscaler owns the number of pods after the first one.
        { parent, deleteBeforeReplace: true, ignoreChanges: ["spec.replicas"] },
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
        { parent, deleteBeforeReplace: true, dependsOn: [deployment] },
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

    function createAutoscaler(): void {
      new autoscaling.HorizontalPodAutoscaler(
        `${name}-autoscaler`,
        {
          metadata,
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
            minReplicas: config.pooler.minPods,
            maxReplicas: config.pooler.maxPods,
            // One process, one core: at 60 % of the request there is still room for a wave of logins.
            metrics: [
              { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
            ],
            // Taking a pod away sends clients away: only after ten calm minutes.
            behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
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
