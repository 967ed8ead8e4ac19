import { parse } from "yaml";
import { metricsInUse, renderCollectorConfig } from "../../../infra/observability/collector-config";
import { poolerNamespace, postgresNamespace } from "../../../infra/observability/thresholds/threshold";

interface Exporter {
  namespace: string;
  log_group_name: string;
  metric_declarations: { dimensions: string[][]; metric_name_selectors: string[]; label_matchers?: unknown[] }[];
}

interface Config {
  receivers: Record<
    string,
    { config: { scrape_configs: { job_name: string; dns_sd_configs: unknown[]; relabel_configs: unknown[] }[] } }
  >;
  processors: Record<string, unknown>;
  exporters: Record<string, Exporter>;
  service: { pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }> };
}

const config = parse(
  renderCollectorConfig({
    region: "eu-central-1",
    poolers: [{ target: "pgbouncer-rw", host: "pgbouncer-rw-pods.plinth.svc", port: 9127 }],
    instances: [
      { target: "plinth-prod-primary", host: "postgres-exporter.plinth.svc", port: 9187 },
      { target: "plinth-prod-replica-1", host: "postgres-exporter.plinth.svc", port: 9188 },
    ],
    poolerLogGroup: "/pooler",
    postgresLogGroup: "/postgres",
  }),
) as Config;

describe("the collector's configuration", () => {
  test("pipelines name only what is defined", () => {
    for (const { receivers, processors, exporters } of Object.values(config.service.pipelines)) {
      for (const receiver of receivers) expect(config.receivers).toHaveProperty([receiver]);
      for (const processor of processors) expect(config.processors).toHaveProperty([processor]);
      for (const exporter of exporters) expect(config.exporters).toHaveProperty([exporter]);
    }
  });

  test("each place is scraped under the name that alarms use as dimension", () => {
    const jobs = config.receivers["prometheus/postgres"]?.config.scrape_configs ?? [];
    expect(jobs.map((job) => [job.job_name, job.relabel_configs])).toEqual([
      ["plinth-prod-primary", [{ target_label: "target", replacement: "plinth-prod-primary" }]],
      ["plinth-prod-replica-1", [{ target_label: "target", replacement: "plinth-prod-replica-1" }]],
    ]);
  });

  test.each([
    ["awsemf/pooler", poolerNamespace],
    ["awsemf/postgres", postgresNamespace],
  ])("%s publishes exactly the metrics that alarms on %s use", (name, namespace) => {
    const exporter = config.exporters[name];
    expect(exporter?.namespace).toBe(namespace);
    expect(exporter?.metric_declarations[0]?.metric_name_selectors).toEqual(
      metricsInUse(namespace).map((metric) => `^${metric}$`),
    );
    expect(exporter?.metric_declarations[0]?.dimensions).toEqual([["target"]]);
  });

  test("figures of PgBouncer's own admin database are left out", () => {
    expect(config.exporters["awsemf/pooler"]?.metric_declarations[0]?.label_matchers).toEqual([
      { label_names: ["database"], regex: "^clinic$" },
    ]);
  });
});
