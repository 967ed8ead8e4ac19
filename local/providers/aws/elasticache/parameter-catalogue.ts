/** One parameter of a cache parameter group. */
export interface CacheParameter {
  readonly default: string;
  /** What a value looks like. */
  readonly allowed: RegExp | readonly [min: number, max: number];
  /** False: the service sets it and refuses changes. */
  readonly modifiable: boolean;
  /** The engine takes it while it runs; otherwise after the next restart of the node. */
  readonly dynamic: boolean;
  /** Name in redis.conf; null: it works outside the engine, or not at all here. */
  readonly directive: string | null;
}

const yesNo = /^(yes|no)$/;
const max = Number.MAX_SAFE_INTEGER;
const uint: readonly [number, number] = [0, max];

const row = (value: string, allowed: CacheParameter["allowed"], more: Partial<CacheParameter> = {}) => ({
  default: value,
  allowed,
  modifiable: true,
  dynamic: true,
  ...more,
});

const rows: Readonly<Record<string, Omit<CacheParameter, "directive"> & { directive?: string | null }>> = {
  "acllog-max-len": row("128", [1, 10_000]),
  "active-defrag-cycle-max": row("75", [1, 75]),
  "active-defrag-cycle-min": row("5", [1, 75]),
  "active-defrag-ignore-bytes": row("104857600", [1_048_576, max]),
  "active-defrag-max-scan-fields": row("1000", [1, 1_000_000]),
  "active-defrag-threshold-lower": row("10", [1, 100]),
  "active-defrag-threshold-upper": row("100", [1, 100]),
  "active-expire-effort": row("1", [1, 10]),
  activedefrag: row("no", yesNo),
  activerehashing: row("yes", yesNo, { dynamic: false }),
  appendfsync: row("everysec", /^(always|everysec|no)$/, { modifiable: false, directive: null }),
  appendonly: row("no", yesNo, { modifiable: false, directive: null }),
  "client-output-buffer-limit-normal-hard-limit": row("0", uint, { directive: null }),
  "client-output-buffer-limit-normal-soft-limit": row("0", uint, { directive: null }),
  "client-output-buffer-limit-normal-soft-seconds": row("0", uint, { directive: null }),
  "client-output-buffer-limit-pubsub-hard-limit": row("33554432", uint, { directive: null }),
  "client-output-buffer-limit-pubsub-soft-limit": row("8388608", uint, { directive: null }),
  "client-output-buffer-limit-pubsub-soft-seconds": row("60", uint, { directive: null }),
  "close-on-replica-write": row("yes", yesNo, { directive: null }),
  "cluster-enabled": row("no", yesNo, { dynamic: false, directive: null }),
  databases: row("16", [1, 1_200_000], { dynamic: false }),
  "hash-max-listpack-entries": row("512", uint),
  "hash-max-listpack-value": row("64", uint),
  "hll-sparse-max-bytes": row("3000", [1, 16_000]),
  "latency-tracking": row("no", yesNo),
  "lazyfree-lazy-eviction": row("no", yesNo),
  "lazyfree-lazy-expire": row("no", yesNo),
  "lazyfree-lazy-server-del": row("no", yesNo),
  "lazyfree-lazy-user-del": row("no", yesNo),
  "lazyfree-lazy-user-flush": row("no", yesNo),
  "lfu-decay-time": row("1", uint),
  "lfu-log-factor": row("10", [1, max]),
  "list-compress-depth": row("0", uint),
  "list-max-listpack-size": row("-2", /^-?\d{1,9}$/),
  "lua-time-limit": row("5000", [5_000, 5_000], { modifiable: false }),
  maxclients: row("65000", [1, 65_000], { modifiable: false, directive: null }),
  "maxmemory-clients": row("0", /^(\d+|[1-9]\d?%|100%)$/),
  "maxmemory-policy": row(
    "volatile-lru",
    /^(volatile-lru|allkeys-lru|volatile-lfu|allkeys-lfu|volatile-random|allkeys-random|volatile-ttl|noeviction)$/,
  ),
  "maxmemory-samples": row("3", [1, max]),
  "min-replicas-max-lag": row("10", uint),
  "min-replicas-to-write": row("0", uint),
  "notify-keyspace-events": row("", /^[KEg$lshzxenmtdA]*$/),
  "proto-max-bulk-len": row("536870912", [1_048_576, 536_870_912]),
  "rename-commands": row("", /^$/, { modifiable: false, directive: null }),
  "repl-backlog-size": row("1048576", [16_384, max]),
  "repl-backlog-ttl": row("3600", uint),
  "repl-timeout": row("60", [11, 60]),
  "replica-allow-chaining": row("no", yesNo, { modifiable: false, directive: null }),
  "replica-lazy-flush": row("no", yesNo),
  "reserved-memory-percent": row("25", [0, 100], { directive: null }),
  "set-max-intset-entries": row("512", uint),
  "slowlog-log-slower-than": row("10000", /^-?\d{1,15}$/),
  "slowlog-max-len": row("128", uint),
  "stream-node-max-bytes": row("4096", uint),
  "stream-node-max-entries": row("100", uint),
  "tcp-keepalive": row("300", uint),
  timeout: row("0", /^(0|[2-9]\d|[1-9]\d{2,})$/), // 0 or at least 20 seconds
  "tracking-table-max-keys": row("1000000", [1, 100_000_000]),
  "zset-max-listpack-entries": row("128", uint),
  "zset-max-listpack-value": row("64", uint),
};

/** Parameters of the families redis7 and valkey7/8: ElastiCache User Guide, "Valkey and Redis OSS parameters". */
export const catalogue: ReadonlyMap<string, CacheParameter> = new Map(
  Object.entries(rows).map(([name, entry]) => [name, { directive: name, ...entry }]),
);

/** What the service answers to one changed parameter; undefined when it takes it. */
export function parameterProblem(name: string, value: string): string | undefined {
  const parameter = catalogue.get(name);
  if (!parameter)
    return `could not find parameter with name: ${name}; see 'aws elasticache describe-cache-parameters' for those of the family`;
  if (!parameter.modifiable) return `the parameter ${name} cannot be modified`;
  if (parameter.allowed instanceof RegExp)
    return parameter.allowed.test(value)
      ? undefined
      : `the value "${value}" of ${name} must match ${parameter.allowed.source}`;
  const [low, high] = parameter.allowed;
  const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= low && number <= high) return undefined;
  return `the value "${value}" of ${name} must be a whole number from ${low}${high === max ? "" : ` to ${high}`}`;
}
