import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { z } from "zod";

export interface ClaimOptions<T> {
  readonly schema: z.ZodType<T>;
  /** True for a claim whose holder is gone; it may be taken over. */
  readonly isStale: (held: T) => boolean;
  /** File mode. */
  readonly mode: number;
}

/**
 * Puts `mine` at `path` unless another's claim stands there. Of several processes that try at once exactly one succeeds, and a claim is never seen
 * half written: it appears whole by link(2), and a stale one is replaced by whoever holds the `.takeover` beside it.
 * @returns the claim that stands in the way; undefined when `mine` is there now.
 */
export function claimFile<T>(path: string, mine: T, options: ClaimOptions<T>): T | undefined {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.draft`;
  const takeover = `${path}.takeover`;
  writeFileSync(draft, JSON.stringify(mine), { flag: "wx", mode: options.mode });
  try {
    for (;;) {
      if (link(draft, path)) return undefined;
      const held = readClaim(path, options.schema);
      if (held === "none") continue;
      if (held !== "torn" && !options.isStale(held)) return held;
      if (link(draft, takeover)) {
        try {
          // Between the look and the takeover another may have replaced the stale claim.
          const now = readClaim(path, options.schema);
          if (now === "torn" || (now !== "none" && options.isStale(now))) {
            renameSync(draft, path);
            return undefined;
          }
        } finally {
          rmSync(takeover, { force: true });
        }
        continue;
      }
      const other = readClaim(takeover, options.schema);
      if (other !== "none" && other !== "torn" && !options.isStale(other)) return other;
      rmSync(takeover, { force: true }); // of one that was killed in the middle
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What stands at `path`. "torn" is a file that no claim of ours can be: it is treated as stale. */
export function readClaim<T>(path: string, schema: z.ZodType<T>): T | "none" | "torn" {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return "none";
    throw error;
  }
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : "torn";
  } catch {
    return "torn"; // not JSON
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** Not instanceof: under jest the errors of Node's own modules belong to another realm. */
function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
