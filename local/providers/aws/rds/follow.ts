import type { Log } from "../../../contract";
import type { DatabaseNode } from "./database-node";
import { ensureSlot, hasDiverged, slotUsable, streams } from "./replication";

/** Longest that a standby may take to stream again before it is looked at closely. */
export const streamingTimeoutMs = 10_000;

/**
 * Makes a running replica follow its source: as it is if it can, else rewound (it had log that the source's new primary never had), else as
 * a fresh copy (the log it needs is gone). @throws when the source ends meanwhile, or nothing helps.
 */
export async function ensureFollowing(about: {
  readonly replica: DatabaseNode;
  readonly source: DatabaseNode;
  readonly slot: string;
  readonly log: Log;
  /** Configures and starts the replica. */
  start(): Promise<void>;
}): Promise<void> {
  const { replica, source, slot, log } = about;
  const follows = () => streams(source, replica, slot, streamingTimeoutMs);
  await ensureSlot(source, slot);
  const lost = (await hasDiverged(source, replica)) || !(await slotUsable(source, slot));
  if (!lost && (await follows())) return;
  for (const remedy of ["rewind", "copy"] as const) {
    if (!source.alive) throw new Error(`the source of ${replica.key} ended`);
    log.warn(`${replica.key} cannot follow its source any more; ${remedy}`);
    await replica.stop("fast");
    if (remedy === "rewind") await replica.rewindOrCopy(source, slot);
    else await replica.cloneFrom(source, slot);
    await about.start();
    if (await follows()) return;
  }
  throw new Error(`${replica.key} does not follow ${source.key}, not even as a fresh copy`);
}
