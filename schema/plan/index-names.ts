import { createHash } from "node:crypto";

/** NAMEDATALEN - 1 */
const MAX_NAME_BYTES = 63;

/** A name that fits: when too long, cut and made unique again by a digest of the whole. */
export function fitted(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${Buffer.from(name)
    .subarray(0, MAX_NAME_BYTES - digest.length - 1)
    .toString("latin1")}_${digest}`;
}

/** Name under which the successor of a wrong index is built before it takes over. */
export function successorName(index: string): string {
  return fitted(`${index}_plinth_next`);
}

/** Name of a replaced index between the swap of the names and its drop. */
export function predecessorName(index: string): string {
  return fitted(`${index}_plinth_old`);
}

/** Whether only an attempt that was broken off leaves an index of this name: ours, or REINDEX CONCURRENTLY's (_ccnew, _ccnew1 …). */
export function isLeftoverName(index: string): boolean {
  return /(_plinth_(next|old)|_cc(new|old)\d*)$/.test(index);
}

/** Names under which earlier attempts (ours, or REINDEX CONCURRENTLY's) may have left something. */
export function leftoverNames(index: string): string[] {
  return [successorName(index), predecessorName(index), fitted(`${index}_ccnew`), fitted(`${index}_ccold`)];
}

/** Name of a partitioned index's part on one partition. */
export function leafIndexName(leaf: string, index: string): string {
  return fitted(`${leaf}_${index}`);
}
