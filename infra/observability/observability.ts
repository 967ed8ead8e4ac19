import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema";
import type { Database, DatabaseInstance } from "../database/database";
import { poolerMetricsPort } from "../pooler/pooler-pod";
import { Alarms } from "./alarms";
import { Alerting } from "./alerting";
import { MetricsCollector } from "./metrics-collector";
import { PostgresExporter } from "./postgres-exporter";
import { exporterPort } from "./postgres-exporter-pod";
import { watchedParts } from "./watched";

/** A pooler whose pods are scraped. */
export interface ScrapedPooler {
  readonly name: string;
  /** DNS name that lists its pods. */
  readonly podsDnsName: pulumi.Input<string>;
}

export interface ObservabilityArgs {
  readonly config: StackConfig;
  readonly namespace: pulumi.Input<string>;
  readonly instances: readonly DatabaseInstance[];
  readonly eventSources: Database["eventSources"];
  readonly poolers: readonly ScrapedPooler[];
  readonly cacheNodes: readonly string[];
  readonly caConfigMap: pulumi.Input<string>;
  /** Secret with `password` of the monitoring user. */
  readonly monitorSecret: pulumi.Input<string>;
}

/** Figures, alarms on them, people who are told, and dashboards to look at. */
export class Observability extends pulumi.ComponentResource {
  readonly alarmNames: readonly string[];
  readonly dashboardNames: readonly string[];
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:observability:Observability", name, {}, opts);
    const parent = this; // eslint-disable-line @typescript-eslint/no-this-alias -- helpers below create children
    const { config } = args;
    const { instances } = args;
    const alerting = createAlerting();
    const exporter = createExporter();
    createCollector();
    const alarms = createAlarms();
    this.alarmNames = alarms.alarmNames;
    this.dashboardNames = alarms.dashboardNames;
    this.topicArn = alerting.topicArn;
    this.registerOutputs({
      alarmNames: this.alarmNames,
      dashboardNames: this.dashboardNames,
      topicArn: this.topicArn,
    });

    function createAlerting(): Alerting {
      return new Alerting(
        "alerting",
        {
          prefix: config.prefix,
          place: { region: config.region, accountId: config.accountId },
          emails: config.alertEmails,
          keyDeletionWindowDays: config.keyDeletionWindowDays,
          eventSources: args.eventSources,
        },
        { parent },
      );
    }

    function createExporter(): PostgresExporter {
      return new PostgresExporter(
        "postgres-exporter",
        {
          namespace: args.namespace,
          image: config.images.postgresExporter,
          instances,
          caConfigMap: args.caConfigMap,
          monitorSecret: args.monitorSecret,
        },
        { parent },
      );
    }

    function createCollector(): void {
      new MetricsCollector(
        "metrics-collector",
        {
          prefix: config.prefix,
          region: config.region,
          clusterName: config.eksClusterName,
          namespace: args.namespace,
          image: config.images.collector,
          poolers: args.poolers.map((pooler) => ({
            target: pooler.name,
            host: pooler.podsDnsName,
            port: poolerMetricsPort,
          })),
          instances: instances.map(({ id }, index) => ({ target: id, host: exporter.host, port: exporterPort(index) })),
          keyArn: alerting.keyArn,
          logRetentionDays: config.logRetentionDays,
        },
        { parent },
      );
    }

    function createAlarms(): Alarms {
      return new Alarms(
        "alarms",
        {
          prefix: config.prefix,
          region: config.region,
          watched: watchedParts(config, {
            instances,
            poolers: args.poolers.map((pooler) => pooler.name),
            cacheNodes: args.cacheNodes,
          }),
          thresholds: config.thresholds,
          topicArn: alerting.topicArn,
        },
        { parent },
      );
    }
  }
}
