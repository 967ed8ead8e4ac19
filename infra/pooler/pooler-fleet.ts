import * as apps from "@pulumi/kubernetes/apps/v1";
import * as autoscaling from "@pulumi/kubernetes/autoscaling/v2";
import * as pulumi from "@pulumi/pulumi";
import { digest } from "../cluster/digest";
import { immutableConfigMap } from "../cluster/immutable-config";
import { progressDeadlineSeconds } from "../cluster/rollout";
import type { StackConfig } from "../config/schema";
import { postgresPort } from "../network/ports";
import { databaseName } from "../security/database-users";
import { fleetSize } from "./fleet-size";
import { renderIni } from "./pgbouncer-ini";
import { effectiveSettings } from "./pgbouncer-settings";
import type { PoolerAccess } from "./pooler-access";
import { poolerMetricsPort, poolerPod } from "./pooler-pod";

export interface PoolerFleetArgs {
  readonly namespace: pulumi.Input<string>;
  /** The one server behind these pods. */
  readonly host: pulumi.Input<string>;
  /** Servers of the pooler this fleet is part of. */
  readonly servers: number;
  /** When ready: "listening" queues clients while the server is away, "server" sends them to another fleet. */
  readonly readyWhen: "listening" | "server";
  /** Labels that the pooler's Service selects by. */
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: pulumi.Input<string>;
  readonly config: Pick<StackConfig, "pooler" | "pgbouncerVersion" | "images">;
  readonly access: PoolerAccess;
  readonly caConfigMap: pulumi.Input<string>;
}

/**
 * PgBouncer pods in front of one server. One, because a list of hosts and verify-full exclude each other before PgBouncer 1.25: the certificate is
 * compared with the whole list (pgbouncer/pgbouncer issue 1300). It also gives every replica a pool of its own, as the epic draws it.
 */
export class PoolerFleet extends pulumi.ComponentResource {
  constructor(name: string, args: PoolerFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:pooler:PoolerFleet", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const { config } = args;
    const settings = effectiveSettings(config.pooler.settings);
    const { minPods, maxPods } = fleetSize(config.pooler, args.servers);
    const labels = { ...args.labels, "plinth.dev/fleet": name };
    const metadata = { name, namespace: args.namespace, labels };

    const ini = renderConfiguration();
    const configMap = immutableConfigMap(`${name}-config`, name, args.namespace, { "pgbouncer.ini": ini }, { parent });
    const deployment = createDeployment();
    createAutoscaler();
    this.registerOutputs({});

    function renderConfiguration(): pulumi.Output<string> {
      const render = (host: string) =>
        renderIni({ database: databaseName, host, port: postgresPort, settings, version: config.pgbouncerVersion });
      for (const sentence of render("").leftOut) void pulumi.log.info(sentence, parent);
      return pulumi.output(args.host).apply((host) => render(host).ini);
    }

    function createDeployment(): apps.Deployment {
      return new apps.Deployment(
        `${name}-deployment`,
        {
          metadata,
          spec: {
            replicas: minPods,
            selector: { matchLabels: labels },
            progressDeadlineSeconds,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
            template: {
              metadata: {
                labels,
                annotations: {
                  "plinth.dev/config-digest": ini.apply((text) => digest(text)),
                  "prometheus.io/port": String(poolerMetricsPort),
                },
              },
              spec: poolerPod({
                labels,
                settings,
                server: args.readyWhen === "server" ? args.host : undefined,
                resources: config.pooler,
                images: config.images,
                iniConfigMap: configMap.metadata.name,
                caConfigMap: args.caConfigMap,
                userlistSecret: args.access.userlistSecret,
                tlsSecret: args.access.tlsSecret,
                monitorSecret: args.access.monitorSecret,
                serviceAccount: args.serviceAccount,
              }),
            },
          },
        },
        // The autoscaler owns the number of pods after the first one.
        { parent, deleteBeforeReplace: true, ignoreChanges: ["spec.replicas"] },
      );
    }

    function createAutoscaler(): void {
      new autoscaling.HorizontalPodAutoscaler(
        `${name}-autoscaler`,
        {
          metadata,
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
            minReplicas: minPods,
            maxReplicas: maxPods,
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
  }
}
