import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Refusal, type Cloud } from "../../../contract";
import type { RedisNode } from "../../../processes/redis-node";
import { waitFor } from "../../../processes/wait";

const schema = z.object({ name: z.string(), group: z.string(), createdAt: z.string(), automatic: z.boolean() });
export type Snapshot = z.output<typeof schema>;

const collection = "elasticache-snapshots";

export function snapshotFile(cloud: Cloud, name: string): string {
  return join(cloud.root, "elasticache", "snapshots", `${name}.rdb`);
}

/** @throws Refusal SnapshotNotFoundFault */
export function requireSnapshot(cloud: Cloud, name: string): void {
  if (!cloud.records.get(collection, name, schema) || !existsSync(snapshotFile(cloud, name)))
    throw new Refusal("SnapshotNotFoundFault", `the snapshot '${name}' does not exist`);
}

export function snapshotsOf(cloud: Cloud, group: string): Snapshot[] {
  return cloud.records.list(collection, schema).filter((snapshot) => snapshot.group === group);
}

/** Has the node write all its data to a file and keeps that under `name`. */
export async function takeSnapshot(
  cloud: Cloud,
  node: RedisNode,
  snapshot: Omit<Snapshot, "createdAt">,
  now = new Date(),
): Promise<void> {
  if (cloud.records.get(collection, snapshot.name, schema))
    throw new Refusal(
      "SnapshotAlreadyExistsFault",
      `the snapshot '${snapshot.name}' exists already; choose another name`,
    );
  await saveToDisk(node, snapshot.name);
  const file = snapshotFile(cloud, snapshot.name);
  mkdirSync(join(cloud.root, "elasticache", "snapshots"), { recursive: true, mode: 0o700 });
  copyFileSync(join(node.spec.directory, "dump.rdb"), file);
  cloud.records.put(collection, snapshot.name, { ...snapshot, createdAt: now.toISOString() });
}

async function saveToDisk(node: RedisNode, name: string): Promise<void> {
  const what = `snapshot '${name}'`;
  const idle = async () => {
    const facts = await node.info("persistence");
    return facts.rdb_bgsave_in_progress === "0" ? facts : undefined;
  };
  // The engine refuses a second child process: while a replica joins, while the journal is rewritten. Then it is asked again.
  await waitFor({ what: `${what}: its turn`, timeoutMs: 600_000 }, async () => {
    await node.call("BGSAVE");
    return true;
  });
  const facts = await waitFor({ what, timeoutMs: 600_000 }, idle);
  if (facts.rdb_last_bgsave_status !== "ok") throw new Error(`the engine could not write ${what}`);
}

export function dropSnapshot(cloud: Cloud, name: string): void {
  rmSync(snapshotFile(cloud, name), { force: true });
  cloud.records.delete(collection, name);
}

/** Automatic snapshots older than the retention, in days. Manual and final ones stay until somebody deletes them. */
export function expiredSnapshots(snapshots: readonly Snapshot[], retentionDays: number, now: Date): Snapshot[] {
  const oldest = now.getTime() - retentionDays * 86_400_000;
  return snapshots.filter(({ automatic, createdAt }) => automatic && Date.parse(createdAt) < oldest);
}

/** Milliseconds until the window `hh:mm-hh:mm` (UTC) opens next; always more than 0, a day at most. */
export function untilWindow(window: string, now: Date): number {
  const [hour = 0, minute = 0] = (window.split("-")[0] ?? "").split(":").map(Number);
  const open = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), hour, minute);
  return open > now.getTime() ? open - now.getTime() : open + 86_400_000 - now.getTime();
}
