import { onOff, type ParameterDefinition } from "./definition";

export const wal: readonly ParameterDefinition[] = [
  {
    name: "checkpoint_timeout",
    kind: "dynamic",
    value: "900",
    unit: "s",
    range: [30, 86400],
    why: "fewer full-page images; recovery still takes well under a minute at these sizes",
  },
  {
    name: "max_wal_size",
    kind: "dynamic",
    value: "4096",
    unit: "MB",
    range: [128, 2147483647],
    why: "checkpoints by time, not by volume, under the loading of a month of appointments",
  },
  {
    name: "wal_compression",
    kind: "dynamic",
    value: "1",
    choices: onOff,
    why: "full-page images shrink by half or more; replicas receive less",
  },
  {
    name: "hot_standby_feedback",
    kind: "dynamic",
    value: "1",
    choices: onOff,
    only: "replica",
    why: "reads on a replica are not cancelled by vacuum on the primary",
  },
  {
    name: "max_standby_streaming_delay",
    kind: "dynamic",
    value: "5000",
    unit: "ms",
    range: [-1, 2147483647],
    only: "replica",
    why: "a long read may hold replay back for 5 s at most: the epic allows one second of lag in normal use",
  },
];

export const autovacuum: readonly ParameterDefinition[] = [
  {
    name: "autovacuum",
    kind: "dynamic",
    value: "1",
    choices: onOff,
    forced: true,
    why: "without it the database stops at transaction wrap-around",
  },
  {
    name: "autovacuum_max_workers",
    kind: "static",
    value: "5",
    range: [1, 262143],
    why: "one busy partition must not starve the others",
  },
  {
    name: "autovacuum_naptime",
    kind: "dynamic",
    value: "15",
    unit: "s",
    range: [1, 2147483],
    why: "appointments change all day: look four times a minute",
  },
  {
    name: "autovacuum_vacuum_scale_factor",
    kind: "dynamic",
    value: "0.02",
    range: [0, 100],
    why: "a fifth of five million rows is too much to let rot",
  },
  {
    name: "autovacuum_analyze_scale_factor",
    kind: "dynamic",
    value: "0.01",
    range: [0, 100],
    why: "plans follow the newest month",
  },
  {
    name: "autovacuum_vacuum_cost_limit",
    kind: "dynamic",
    value: "2000",
    range: [1, 10000],
    why: "the default of 200 is from the time of spinning disks",
  },
  {
    name: "autovacuum_freeze_max_age",
    kind: "static",
    value: "200000000",
    range: [100000, 2000000000],
    why: "PostgreSQL's default, stated because an alarm is derived from it",
  },
];
