import type { PlannedAlarm, PlannedMetric } from "./alarm-plan";

/** A dashboard answers one question; its panels are the thresholds that bear on it. */
export interface Concern {
  readonly id: string;
  readonly question: string;
  readonly thresholds: readonly string[];
  /** Adds the slowest statements from the PostgreSQL logs. */
  readonly slowQueryLog?: true;
}

/** One dashboard per concern; the epic's "Monitoring Dashboard Components" in its order. */
export const concerns: readonly Concern[] = [
  {
    id: "queries",
    question: "Are queries fast?",
    thresholds: [
      "slow-statements",
      "database-hit-ratio",
      "database-read-latency",
      "database-write-latency",
      "deadlocks",
      "long-transaction",
    ],
    slowQueryLog: true,
  },
  {
    id: "connections",
    question: "Are there enough connections?",
    thresholds: ["pool-utilization", "pool-wait", "pool-queue", "pool-clients", "database-connections"],
  },
  {
    id: "cache",
    question: "Does the cache take the load?",
    thresholds: [
      "cache-hit-ratio",
      "cache-evictions",
      "cache-memory",
      "cache-cpu",
      "cache-connections",
      "cache-replication-lag",
      "cache-swap",
      "cache-logins-refused",
      "cache-commands-refused",
    ],
  },
  {
    id: "replication",
    question: "Are the replicas healthy?",
    thresholds: ["replica-lag", "replication-stopped", "replication-slot-lag", "wal-disk-usage"],
  },
  {
    id: "resources",
    question: "Is there room to grow?",
    thresholds: [
      "database-cpu",
      "database-memory",
      "database-swap",
      "database-storage",
      "database-disk-queue",
      "transaction-ids",
    ],
  },
  {
    id: "upkeep",
    question: "Is the schema kept in order?",
    thresholds: ["partition-maintenance", "invalid-indexes", "hook-failure"],
  },
];

const panelWidth = 12;
const panelHeight = 6;

type MetricRow = readonly (string | Record<string, string | boolean>)[];

function metricRow(metric: PlannedMetric, options: Record<string, string | boolean>): MetricRow {
  const dimensions = Object.entries(metric.dimensions).flat();
  return [metric.namespace, metric.metricName, ...dimensions, { stat: metric.stat, ...options }];
}

/** Rows of one alarm: its metric, or its expression with the metrics it is made of hidden. */
function rowsOf(alarm: PlannedAlarm, index: number): MetricRow[] {
  if (alarm.expression === undefined) return alarm.metrics.map((metric) => metricRow(metric, { label: alarm.target }));
  const names = new Map(alarm.metrics.map((metric) => [metric.id, `${metric.id}${index}`]));
  const expression = alarm.expression.replace(/[a-z]\w*/g, (word) => names.get(word) ?? word);
  return [
    [{ expression, label: alarm.target, id: `e${index}` }],
    ...alarm.metrics.map((metric) => metricRow(metric, { id: names.get(metric.id) ?? metric.id, visible: false })),
  ];
}

function panel(thresholdId: string, alarms: readonly PlannedAlarm[], region: string) {
  const first = alarms[0];
  const limits = [...new Set(alarms.map((alarm) => alarm.limit))];
  return {
    type: "metric",
    properties: {
      title: `${thresholdId} (${first?.threshold.unit ?? ""})`,
      region,
      view: "timeSeries",
      period: first?.threshold.periodSeconds ?? 60,
      metrics: alarms.flatMap(rowsOf),
      annotations: {
        horizontal: limits.map((value) => ({ value, label: `alarm ${first?.threshold.comparison ?? ""}` })),
      },
    },
  };
}

function slowQueryPanel(instances: readonly string[], region: string) {
  const sources = instances.map((id) => `SOURCE '/aws/rds/instance/${id}/postgresql'`).join(" | ");
  return {
    type: "log",
    properties: {
      title: "Slowest statements of the log",
      region,
      view: "table",
      query: `${sources} | fields @timestamp, @logStream, @message | parse @message /duration: (?<ms>[0-9.]+) ms/ | filter ispresent(ms) | sort ms desc | limit 20`,
    },
  };
}

/** Body of a concern's dashboard: text, then its panels two to a row. */
export function dashboardBody(
  concern: Concern,
  alarms: readonly PlannedAlarm[],
  instances: readonly string[],
  region: string,
): string {
  const panels = [
    ...concern.thresholds.map((id) =>
      panel(
        id,
        alarms.filter((alarm) => alarm.threshold.id === id),
        region,
      ),
    ),
    ...(concern.slowQueryLog ? [slowQueryPanel(instances, region)] : []),
  ];
  const title = {
    type: "text",
    x: 0,
    y: 0,
    width: 2 * panelWidth,
    height: 1,
    properties: { markdown: `## ${concern.question}` },
  };
  const placed = panels.map((content, index) => ({
    ...content,
    x: (index % 2) * panelWidth,
    y: 1 + Math.floor(index / 2) * panelHeight,
    width: panelWidth,
    height: panelHeight,
  }));
  return JSON.stringify({ widgets: [title, ...placed] });
}
