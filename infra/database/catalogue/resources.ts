import { onOff, type ParameterDefinition } from "./definition";

export const memory: readonly ParameterDefinition[] = [
  {
    name: "shared_buffers",
    kind: "static",
    unit: "8 kB",
    range: [16, 1073741823],
    why: "RDS's default is a quarter of memory",
  },
  {
    name: "effective_cache_size",
    kind: "dynamic",
    unit: "8 kB",
    range: [1, 2147483647],
    why: "RDS's default is half of memory",
  },
  {
    name: "work_mem",
    kind: "dynamic",
    value: "8192",
    unit: "kB",
    range: [64, 2147483647],
    why: "sorts of the epic's result pages fit; 100 backends × 2 nodes × 8 MB stay under 2 GB",
  },
  {
    name: "maintenance_work_mem",
    kind: "dynamic",
    value: "GREATEST({DBInstanceClassMemory/65536},65536)",
    unit: "kB",
    range: [1024, 2147483647],
    why: "index builds of the hook: a sixty-fourth of memory, at least 64 MB",
  },
  {
    name: "max_worker_processes",
    kind: "static",
    value: "GREATEST({DBInstanceVCPU*2},8)",
    range: [2, 262143],
    why: "parallel index builds beside autovacuum; the same on every instance (standby rule)",
  },
  {
    name: "max_locks_per_transaction",
    kind: "static",
    value: "256",
    range: [10, 2147483647],
    why: "a query over monthly partitions of years takes one lock per partition and index",
  },
  {
    name: "max_prepared_transactions",
    kind: "static",
    value: "0",
    range: [0, 262143],
    why: "no two-phase commit: a forgotten one would stop vacuum for ever",
  },
  {
    name: "max_wal_senders",
    kind: "static",
    value: "20",
    range: [5, 100],
    why: "replicas, their re-creation and RDS itself; the same on every instance (standby rule)",
  },
];

export const planner: readonly ParameterDefinition[] = [
  {
    name: "random_page_cost",
    kind: "dynamic",
    value: "1.1",
    range: [0, 1e10],
    why: "gp3 is SSD: a random page costs about what the next one does",
  },
  {
    name: "effective_io_concurrency",
    kind: "dynamic",
    value: "200",
    range: [0, 1000],
    why: "gp3 serves many reads at once; the default of 1 is for a spinning disk",
  },
  {
    name: "default_statistics_target",
    kind: "dynamic",
    value: "250",
    range: [1, 10000],
    why: "skewed practitioners and statuses need more than 100 most common values",
  },
  {
    name: "track_io_timing",
    kind: "dynamic",
    value: "1",
    choices: onOff,
    why: "pg_stat_statements can then tell waiting for the disk from computing",
  },
  {
    name: "track_activity_query_size",
    kind: "static",
    value: "4096",
    unit: "bytes",
    range: [100, 1048576],
    why: "whole ORM statements, not their first kilobyte",
  },
];
