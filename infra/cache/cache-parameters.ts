/** One row of `aws.elasticache.ParameterGroup.parameters`. */
export interface CacheParameter {
  readonly name: string;
  readonly value: string;
}

export type CacheEngine = "valkey" | "redis";

/** Parameter group family of an engine version, e.g. `valkey7`, `redis7`. */
export function cacheFamily(engine: CacheEngine, engineVersion: string): string {
  return `${engine}${engineVersion.split(".")[0] ?? ""}`;
}

/** Parameters of the cache, sorted by name. All exist in Redis 7 and Valkey 7 and 8. */
export function cacheParameters(maxmemoryPolicy: string): CacheParameter[] {
  const values: Record<string, string> = {
    "maxmemory-policy": maxmemoryPolicy,
    // Forks for snapshots and syncs need room (ElastiCache User Guide, "Managing reserved memory": 25 %).
    "reserved-memory-percent": "25",
    // Expired and evicted keys are freed beside the main thread: no pause on a large value.
    "lazyfree-lazy-eviction": "yes",
    "lazyfree-lazy-expire": "yes",
    // Clients keep pools; a dead peer is noticed by keepalive, an idle one is not a dead one.
    timeout: "0",
    "tcp-keepalive": "60",
    // Microseconds. A cache command above 10 ms is slower than the query it saves.
    "slowlog-log-slower-than": "10000",
    "slowlog-max-len": "512",
  };
  return Object.keys(values)
    .sort()
    .map((name) => ({ name, value: values[name] ?? "" }));
}

/** Access string of the application: data commands on all keys, nothing that administers or endangers the server. */
export const applicationAccess = "on ~* &* +@all -@admin -@dangerous +info";

/** Access string of the disabled built-in user. */
export const disabledAccess = "off ~* -@all";
