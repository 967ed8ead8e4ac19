import { poolerNamespace, type MetricSource, type Threshold } from "./threshold";

const pooler = (metric: string, stat: MetricSource["stat"]): MetricSource => ({
  namespace: poolerNamespace,
  metric,
  stat,
});

/** Alarms of each PgBouncer deployment, from what the exporters of its pods say. */
export const poolerThresholds: readonly Threshold[] = [
  {
    id: "pool-utilization",
    scope: "pooler",
    epic: "Connection pool utilization <70%",
    source: {
      expression: "100 * active / (size + 0.001)",
      label: "Pool utilisation",
      metrics: {
        active: pooler("pgbouncer_pools_server_active_connections", "Maximum"),
        size: pooler("pgbouncer_databases_pool_size", "Maximum"),
      },
    },
    comparison: "above",
    limit: () => 70,
    unit: "%",
    periodSeconds: 60,
    datapoints: [5, 5],
    missing: "breaching",
    why: "the epic's 70 %: server connections in use in the fullest pool of any pod; the autoscaler should have added a pod",
  },
  {
    id: "pool-wait",
    scope: "pooler",
    epic: "Connection wait time <10ms",
    source: {
      expression: "1000 * waited / (transactions + 0.001)",
      label: "Mean wait for a server connection",
      metrics: {
        waited: pooler("pgbouncer_stats_client_wait_seconds_total", "Sum"),
        transactions: pooler("pgbouncer_stats_sql_transactions_pooled_total", "Sum"),
      },
    },
    comparison: "above",
    limit: () => 10,
    unit: "ms",
    periodSeconds: 60,
    datapoints: [3, 5],
    missing: "breaching",
    why: "the epic's 10 ms, as PgBouncer itself counts it",
  },
  {
    id: "pool-queue",
    scope: "pooler",
    source: pooler("pgbouncer_pools_client_maxwait_seconds", "Maximum"),
    comparison: "above",
    limit: () => 30,
    unit: "seconds",
    periodSeconds: 60,
    datapoints: [1, 1],
    missing: "notBreaching",
    why: "a client has waited for the epic's pool timeout of 30 s: the database is away, or a transaction leaks",
  },
  {
    id: "pool-clients",
    scope: "pooler",
    source: pooler("pgbouncer_pools_client_active_connections", "Maximum"),
    comparison: "above",
    limit: (facts) => Math.floor(facts.maxClientConnections * 0.8),
    unit: "clients",
    periodSeconds: 60,
    datapoints: [3, 5],
    missing: "notBreaching",
    why: "80 % of max_client_conn in one pod; at 100 % it refuses logins",
  },
];
