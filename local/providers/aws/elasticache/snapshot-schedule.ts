import type { Bag, Cloud } from "../../../contract";
import { knownText } from "../common";
import type { CacheGroup } from "./cache-group";
import { memberId } from "./cache-group-record";
import { snapshotRetentionDays } from "./replication-group-rules";
import { dropSnapshot, expiredSnapshots, snapshotsOf, takeSnapshot, untilWindow } from "./snapshots";

const timers = new WeakMap<CacheGroup, NodeJS.Timeout>();

/** ElastiCache picks a window where none is given. */
const defaultWindow = "03:00-04:00";

/** Takes a snapshot whenever the daily window opens and drops those past their retention; stops what an earlier call scheduled. */
export function scheduleSnapshots(cloud: Cloud, group: CacheGroup, inputs: Bag): void {
  cancelSnapshots(group);
  const retention = snapshotRetentionDays(inputs);
  if (retention === 0) return;
  const wait = untilWindow(knownText(inputs, "snapshotWindow") ?? defaultWindow, new Date());
  const timer = setTimeout(() => {
    dailySnapshot(cloud, group, retention)
      .catch((error: unknown) =>
        cloud.log.warn(`${group.id}: no snapshot today: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => scheduleSnapshots(cloud, group, inputs));
  }, wait);
  timers.set(group, timer.unref());
}

export function cancelSnapshots(group: CacheGroup): void {
  clearTimeout(timers.get(group));
}

/** `automatic.clinic-cache-001-2026-11-23-03-00`, as the service names them. */
export async function dailySnapshot(
  cloud: Cloud,
  group: CacheGroup,
  retentionDays: number,
  now = new Date(),
): Promise<string> {
  const stamp = now.toISOString().slice(0, 16).replace(/[T:]/g, "-");
  const name = `automatic.${memberId(group.id, group.record.primary)}-${stamp}`;
  await takeSnapshot(cloud, group.primary, { name, group: group.id, automatic: true }, now);
  for (const expired of expiredSnapshots(snapshotsOf(cloud, group.id), retentionDays, now))
    dropSnapshot(cloud, expired.name);
  return name;
}
