import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { waitFor } from "../../local/processes/wait";
import type { Plinth } from "./plinth";

export interface DatabaseNode {
  readonly node: string;
  readonly role: string;
  readonly pid: number | null;
  readonly lsn: string | null;
}

export interface PodFacts {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly containers: readonly { readonly name: string; readonly pid: number | null; readonly ready: boolean }[];
}

/** Servers of an RDS instance, the one that serves its endpoint first. */
export async function databaseNodes(plinth: Plinth, identifier: string): Promise<readonly DatabaseNode[]> {
  const type = "aws:rds/instance:Instance";
  const urnEnd = `::${identifier}`;
  const found = (await plinth.resources()).find((each) => each.type === type && each.urn.endsWith(urnEnd));
  if (!found) throw new Error(`the stack has no ${type} called ${identifier}`);
  return (await plinth.ask("action", { type, id: found.id, action: "nodes" })).nodes as unknown as DatabaseNode[];
}

/** Waits until the instance has as many servers, all running; a standby counts when it is in sync. */
export function databaseComplete(plinth: Plinth, identifier: string, servers: number, withinMs = 40_000) {
  return waitFor({ what: `${servers} servers of ${identifier}`, timeoutMs: withinMs, everyMs: 100 }, async () => {
    const nodes = await databaseNodes(plinth, identifier);
    const right = nodes.filter(({ pid, role }) => pid !== null && role !== "standby");
    return right.length === servers ? nodes : undefined;
  });
}

export async function podsOf(plinth: Plinth, deployment: string): Promise<readonly PodFacts[]> {
  const answer = await plinth.ask("action", { type: "kubernetes:apps/v1:Deployment", id: deployment, action: "pods" });
  return answer.pods as unknown as PodFacts[];
}

/** Pid of the process of that key (`elasticache/…`, `service/…`) that the local cloud runs now. */
export async function pidOf(plinth: Plinth, key: string): Promise<number | undefined> {
  const { processes } = (await plinth.ask("status")) as { processes: { key: string; pid: number }[] };
  return processes.find((each) => each.key === key)?.pid;
}

/** The address that a Redis process was told to listen on; its title says it: `redis-server 127.16.0.14:6379`. */
export function redisAddress(pid: number): string {
  return / (\S+:\d+)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1] ?? "";
}

/** Runs `use` with a Redis client that trusts the stack's certificate authority and tries each command once. */
export async function withRedis<T>(url: string, caFile: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    tls: { ca: readFileSync(caFile) },
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    lazyConnect: true,
  });
  redis.on("error", () => undefined); // the command that fails reports it
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
