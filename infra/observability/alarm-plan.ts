import { thresholds } from "./thresholds";
import {
  cacheNamespace,
  rdsNamespace,
  type Facts,
  type MetricSource,
  type Scope,
  type Threshold,
} from "./thresholds/threshold";

/** Something that alarms watch. */
export interface Watched {
  readonly scope: Exclude<Scope, "instance">;
  /** Identifier as CloudWatch knows it, e.g. `plinth-prod-primary`. */
  readonly id: string;
  readonly facts: Facts;
}

/** One metric in one alarm, with its dimensions. */
export interface PlannedMetric {
  readonly id: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly stat: MetricSource["stat"];
  readonly dimensions: Readonly<Record<string, string>>;
}

/** An alarm as it will be registered. */
export interface PlannedAlarm {
  readonly name: string;
  readonly target: string;
  readonly threshold: Threshold;
  readonly limit: number;
  readonly metrics: readonly PlannedMetric[];
  /** Over the metrics' ids, when there are several. */
  readonly expression?: string;
}

/** The dimension CloudWatch files a metric of this scope and namespace under. */
export function dimensionsOf(namespace: string, id: string): Record<string, string> {
  if (namespace === rdsNamespace) return { DBInstanceIdentifier: id };
  // A node of a replication group is a cluster of one node, which is always number 0001.
  if (namespace === cacheNamespace) return { CacheClusterId: id, CacheNodeId: "0001" };
  return { target: id };
}

function applies(threshold: Threshold, watched: Watched): boolean {
  if (threshold.scope === "instance") return watched.scope === "primary" || watched.scope === "replica";
  return threshold.scope === watched.scope;
}

function metricsOf({ source }: Threshold, id: string): PlannedMetric[] {
  const sources = "metrics" in source ? Object.entries(source.metrics) : [["value", source] as const];
  return sources.map(([metricId, { namespace, metric, stat }]) => ({
    id: metricId,
    namespace,
    metricName: metric,
    stat,
    dimensions: dimensionsOf(namespace, id),
  }));
}

/** Every threshold on everything it applies to; `overrides` replace limits by threshold id. */
export function planAlarms(
  prefix: string,
  watched: readonly Watched[],
  overrides: Readonly<Record<string, number>> = {},
): PlannedAlarm[] {
  return watched.flatMap((target) =>
    thresholds
      .filter((threshold) => applies(threshold, target))
      .map((threshold) => ({
        name: `${target.id.startsWith(prefix) ? target.id : `${prefix}-${target.id}`}-${threshold.id}`,
        target: target.id,
        threshold,
        limit: overrides[threshold.id] ?? threshold.limit(target.facts),
        metrics: metricsOf(threshold, target.id),
        expression: "expression" in threshold.source ? threshold.source.expression : undefined,
      })),
  );
}
