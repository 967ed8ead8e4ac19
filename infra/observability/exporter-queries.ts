import { stringify } from "yaml";

type Usage = "GAUGE" | "COUNTER" | "LABEL";

interface ExporterQuery {
  readonly query: string;
  /** Column → how Prometheus reads it; the metric is called `<query name>_<column>`. */
  readonly metrics: Readonly<Record<string, readonly [Usage, string]>>;
}

/** What RDS does not publish about an instance, in the query format of prometheus-community/postgres_exporter. */
export const exporterQueries: Readonly<Record<string, ExporterQuery>> = {
  plinth_database: {
    query: "select deadlocks, blks_hit, blks_read, temp_bytes from pg_stat_database where datname = current_database()",
    metrics: {
      deadlocks: ["COUNTER", "Deadlocks detected"],
      blks_hit: ["COUNTER", "Pages found in shared buffers"],
      blks_read: ["COUNTER", "Pages read from outside shared buffers"],
      temp_bytes: ["COUNTER", "Bytes spilled to temporary files"],
    },
  },
  plinth_statements: {
    // A p95 is not kept anywhere; for a bell curve it lies 1.645 standard deviations above the mean.
    query:
      "select count(*) as slow from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = current_database() and s.calls >= 100 and s.mean_exec_time + 1.645 * s.stddev_exec_time > 50",
    metrics: { slow: ["GAUGE", "Frequent statements whose estimated p95 is above 50 ms"] },
  },
  plinth_sessions: {
    query:
      "select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0) as oldest_transaction_seconds from pg_stat_activity where backend_type = 'client backend' and datname = current_database()",
    metrics: { oldest_transaction_seconds: ["GAUGE", "Age of the oldest open transaction"] },
  },
  plinth_replication: {
    // The clock difference alone grows on an idle primary; nothing left to replay means no lag.
    query:
      "select case when not pg_is_in_recovery() or pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0 else coalesce(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()), 0) end as lag_seconds",
    metrics: { lag_seconds: ["GAUGE", "Age of the last replayed transaction while there is more to replay"] },
  },
  plinth_partitions: {
    // From the catalogue, so it holds for every pg_partman version and without it.
    query:
      "select min(extract(epoch from horizon - now())) / 86400 as horizon_days from (select i.inhparent, max((regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$TO \\('(\\d{4}-\\d{2}-\\d{2}[^']*)'\\)$re$))[1]::timestamptz) as horizon from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relispartition group by i.inhparent) bounds where horizon is not null having count(*) > 0",
    metrics: { horizon_days: ["GAUGE", "Days until a partitioned table has no partition for new rows"] },
  },
  plinth_indexes: {
    query:
      "select count(*) as invalid from pg_index x where not x.indisvalid and not exists (select from pg_stat_progress_create_index p where p.index_relid = x.indexrelid) and exists (select from pg_class c where c.oid = x.indexrelid and c.relkind = 'i')",
    metrics: { invalid: ["GAUGE", "Invalid indexes that nobody is building"] },
  },
  plinth_hook: {
    query:
      "select count(*) as failed_steps from plinth.ledger l where l.result in ('failed', 'interrupted') and not exists (select from plinth.ledger later where later.step = l.step and later.id > l.id)",
    metrics: { failed_steps: ["GAUGE", "Steps of the hook whose last attempt did not succeed"] },
  },
};

/** The queries file of the exporter. */
export function renderQueries(): string {
  return stringify(
    Object.fromEntries(
      Object.entries(exporterQueries).map(([name, { query, metrics }]) => [
        name,
        {
          query,
          metrics: Object.entries(metrics).map(([column, [usage, description]]) => ({
            [column]: { usage, description },
          })),
        },
      ]),
    ),
    { lineWidth: 0 },
  );
}

/** Names under which the exporter publishes the queries' columns. */
export const exporterMetricNames: readonly string[] = Object.entries(exporterQueries).flatMap(([name, { metrics }]) =>
  Object.keys(metrics).map((column) => `${name}_${column}`),
);
