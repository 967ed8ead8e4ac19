import { stringify } from "yaml";
import { databaseName } from "../security/database-users";
import { exporterMetricNames } from "./exporter-queries";
import { thresholds } from "./thresholds";
import { poolerNamespace, postgresNamespace } from "./thresholds/threshold";

/** Figures that the collector scrapes from one place. */
export interface ScrapeTarget {
  /** Value of the CloudWatch dimension `target`. */
  readonly target: string;
  /** DNS name; a pooler's names all of its pods. */
  readonly host: string;
  readonly port: number;
}

export interface CollectorConfigInput {
  readonly region: string;
  readonly poolers: readonly ScrapeTarget[];
  readonly instances: readonly ScrapeTarget[];
  readonly poolerLogGroup: string;
  readonly postgresLogGroup: string;
}

/** Seconds between scrapes: the shortest alarm period is a minute, so every datapoint has two. */
const scrapeSeconds = 30;

/** Metrics of a namespace that some threshold uses: what nobody looks at is not paid for. */
export function metricsInUse(namespace: string): string[] {
  const sources = thresholds.flatMap(({ source }) => ("metrics" in source ? Object.values(source.metrics) : [source]));
  return [...new Set(sources.filter((source) => source.namespace === namespace).map((source) => source.metric))].sort();
}

function receiver(targets: readonly ScrapeTarget[]) {
  return {
    config: {
      scrape_configs: targets.map(({ target, host, port }) => ({
        job_name: target,
        scrape_interval: `${scrapeSeconds}s`,
        dns_sd_configs: [{ names: [host], type: "A", port, refresh_interval: "15s" }],
        relabel_configs: [{ target_label: "target", replacement: target }],
      })),
    },
  };
}

function exporter(namespace: string, region: string, logGroup: string, names: readonly string[], database?: string) {
  return {
    region,
    namespace,
    log_group_name: logGroup,
    log_stream_name: "collector",
    dimension_rollup_option: "NoDimensionRollup",
    metric_declarations: [
      {
        dimensions: [["target"]],
        metric_name_selectors: names.map((metric) => `^${metric}$`),
        ...(database ? { label_matchers: [{ label_names: ["database"], regex: `^${database}$` }] } : {}),
      },
    ],
  };
}

/**
 * Configuration of the AWS Distro for OpenTelemetry collector: Prometheus in, CloudWatch embedded metrics out, one
 * namespace per source. The awsemf exporter turns counters into differences, so `Sum` is what happened in a period.
 */
export function renderCollectorConfig(input: CollectorConfigInput): string {
  const postgresMetrics = metricsInUse(postgresNamespace).filter((metric) => exporterMetricNames.includes(metric));
  return stringify(
    {
      receivers: {
        "prometheus/pooler": receiver(input.poolers),
        "prometheus/postgres": receiver(input.instances),
      },
      processors: { memory_limiter: { check_interval: "1s", limit_mib: 200 }, batch: { timeout: "30s" } },
      exporters: {
        "awsemf/pooler": exporter(
          poolerNamespace,
          input.region,
          input.poolerLogGroup,
          metricsInUse(poolerNamespace),
          databaseName,
        ),
        "awsemf/postgres": exporter(postgresNamespace, input.region, input.postgresLogGroup, postgresMetrics),
      },
      service: {
        pipelines: Object.fromEntries(
          ["pooler", "postgres"].map((source) => [
            `metrics/${source}`,
            {
              receivers: [`prometheus/${source}`],
              processors: ["memory_limiter", "batch"],
              exporters: [`awsemf/${source}`],
            },
          ]),
        ),
      },
    },
    { lineWidth: 0 },
  );
}
