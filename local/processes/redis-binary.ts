import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

export type CacheEngine = "redis" | "valkey";

/** An installed cache server. */
export interface RedisBinary {
  readonly engine: CacheEngine;
  /** As `redis-server --version` has it, e.g. `7.0.15`. */
  readonly version: string;
  readonly path: string;
}

const candidates: readonly { engine: CacheEngine; path: string }[] = [
  { engine: "valkey", path: "/usr/bin/valkey-server" },
  { engine: "redis", path: "/usr/bin/redis-server" },
];

let found: readonly RedisBinary[] | undefined;

export function installedRedis(): readonly RedisBinary[] {
  found ??= candidates
    .filter(({ path }) => existsSync(path))
    .map(({ engine, path }) => {
      const output = execFileSync(path, ["--version"], { encoding: "utf8" });
      return { engine, path, version: /\bv=(\d+\.\d+\.\d+)/.exec(output)?.[1] ?? "unknown" };
    });
  return found;
}

/**
 * The server that stands in for the asked engine: the same engine if it is installed, else its relative (Valkey 7.2 was forked from Redis 7.2
 * and speaks the same protocol).
 * @throws when neither is installed.
 */
export function nearestRedis(engine: CacheEngine, installed: readonly RedisBinary[] = installedRedis()): RedisBinary {
  const nearest = installed.find((binary) => binary.engine === engine) ?? installed[0];
  if (!nearest) throw new Error("neither redis-server nor valkey-server is installed; run 'make setup'");
  return nearest;
}
