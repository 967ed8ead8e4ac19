import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as eks from "@pulumi/aws/eks";
import * as iam from "@pulumi/aws/iam";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { immutableConfigMap } from "../cluster/immutable-config";
import { containerSecurity, podSecurity } from "../cluster/pod-security";
import { progressDeadlineSeconds } from "../cluster/rollout";
import { policyDocument, trustService } from "../security/policy-document";
import { renderCollectorConfig, type ScrapeTarget } from "./collector-config";

/** A place to scrape whose DNS name is known once its Service is. */
export type ScrapeSource = Omit<ScrapeTarget, "host"> & { readonly host: pulumi.Input<string> };

export interface MetricsCollectorArgs {
  readonly prefix: string;
  readonly region: string;
  readonly clusterName: string;
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  readonly poolers: readonly ScrapeSource[];
  readonly instances: readonly ScrapeSource[];
  /** Key of the log groups that carry the metrics. */
  readonly keyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

/** Brings the exporters' figures to CloudWatch: a stock collector, configured, that may write to two log groups only. */
export class MetricsCollector extends pulumi.ComponentResource {
  readonly logGroupNames: readonly string[];

  constructor(name: string, args: MetricsCollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:observability:MetricsCollector", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const labels = { "app.kubernetes.io/name": name };
    const metadata = { name, namespace: args.namespace, labels: { ...labels, "app.kubernetes.io/part-of": "plinth" } };

    const poolerLogs = createLogGroup("pooler");
    const postgresLogs = createLogGroup("postgres");
    const configMap = createConfigMap();
    const serviceAccount = createServiceAccount();
    const identity = grantLogs();
    createDeployment();
    createNetworkPolicy();
    this.logGroupNames = ["pooler", "postgres"].map(logGroupName);
    this.registerOutputs({ logGroupNames: this.logGroupNames });

    function logGroupName(source: string): string {
      return `/plinth/${args.prefix}/metrics/${source}`;
    }

    function createLogGroup(source: string): cloudwatch.LogGroup {
      return new cloudwatch.LogGroup(
        `${name}-${source}`,
        { name: logGroupName(source), retentionInDays: args.logRetentionDays, kmsKeyId: args.keyArn },
        { parent },
      );
    }

    function createConfigMap(): core.ConfigMap {
      const config = pulumi
        .all([pulumi.all(args.poolers.map(resolve)), pulumi.all(args.instances.map(resolve))])
        .apply(([poolers, instances]) =>
          renderCollectorConfig({
            region: args.region,
            poolers,
            instances,
            poolerLogGroup: logGroupName("pooler"),
            postgresLogGroup: logGroupName("postgres"),
          }),
        );
      return immutableConfigMap(`${name}-config`, name, args.namespace, { "config.yaml": config }, { parent });
    }

    function createServiceAccount(): core.ServiceAccount {
      return new core.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, { parent });
    }

    /** EKS Pod Identity: the role is bound to this service account in this namespace, nothing is stored in the cluster. */
    function grantLogs(): eks.PodIdentityAssociation {
      const role = new iam.Role(
        `${name}-role`,
        {
          name: `${args.prefix}-${name}`,
          description: "Writes the exporters' figures to CloudWatch",
          assumeRolePolicy: trustService("pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"]),
        },
        { parent },
      );
      new iam.RolePolicy(
        `${name}-role`,
        {
          name: "write-metrics",
          role: role.name,
          policy: pulumi.all([poolerLogs.arn, postgresLogs.arn]).apply((arns) =>
            policyDocument([
              {
                Sid: "WriteEmbeddedMetrics",
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: arns.flatMap((arn) => [arn, `${arn}:*`]),
              },
            ]),
          ),
        },
        { parent },
      );
      return new eks.PodIdentityAssociation(
        `${name}-identity`,
        {
          clusterName: args.clusterName,
          namespace: args.namespace,
          serviceAccount: serviceAccount.metadata.name,
          roleArn: role.arn,
        },
        { parent },
      );
    }

    function createDeployment(): void {
      new apps.Deployment(
        `${name}-deployment`,
        {
          metadata,
          spec: {
            // Two would report everything twice; a restart costs one datapoint.
            replicas: 1,
            selector: { matchLabels: labels },
            progressDeadlineSeconds,
            strategy: { type: "Recreate" },
            template: {
              metadata: { labels: metadata.labels },
              spec: {
                serviceAccountName: serviceAccount.metadata.name,
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                securityContext: podSecurity,
                containers: [
                  {
                    name: "collector",
                    image: args.image,
                    command: ["/awscollector"],
                    args: ["--config=/etc/otel/config.yaml"],
                    // No probes: nothing connects to it, it exits when a pipeline cannot start, and its silence is an alarm.
                    env: [{ name: "AWS_REGION", value: args.region }],
                    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
                    securityContext: containerSecurity,
                    volumeMounts: [{ name: "config", mountPath: "/etc/otel", readOnly: true }],
                  },
                ],
                volumes: [{ name: "config", configMap: { name: configMap.metadata.name } }],
              },
            },
          },
        },
        { parent, deleteBeforeReplace: true, dependsOn: [identity] },
      );
    }

    /** Scrapes the exporters, asks the pod identity agent (80) for credentials, talks to CloudWatch (443). */
    function createNetworkPolicy(): void {
      const ports = [...new Set([...args.poolers, ...args.instances].map(({ port }) => port))];
      new networking.NetworkPolicy(
        `${name}-policy`,
        {
          metadata,
          spec: {
            podSelector: { matchLabels: labels },
            policyTypes: ["Ingress", "Egress"],
            ingress: [],
            egress: [
              { ports: [...ports, 443, 53].map((port) => ({ port, protocol: "TCP" })) },
              { ports: [{ port: 53, protocol: "UDP" }] },
              // Link-local address of the agent (EKS User Guide, "EKS Pod Identity Agent").
              { to: [{ ipBlock: { cidr: "169.254.170.23/32" } }], ports: [{ port: 80, protocol: "TCP" }] },
            ],
          },
        },
        { parent, deleteBeforeReplace: true },
      );
    }
  }
}

function resolve({ host, ...rest }: ScrapeSource): pulumi.Output<ScrapeTarget> {
  return pulumi.output(host).apply((name) => ({ ...rest, host: name }));
}
