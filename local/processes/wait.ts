import { setTimeout as delay } from "node:timers/promises";

export interface Deadline {
  /** What is awaited, as a noun phrase for the message: "Postgres on 127.1.0.10:5432". */
  readonly what: string;
  readonly timeoutMs: number;
  /** Time between two looks. Default 25 ms. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
  /** Appended to the error, e.g. the last log lines. */
  readonly explain?: () => string;
}

/**
 * Looks at `probe` until it answers something other than undefined or false.
 * @throws when the deadline passes (with the last error of the probe) or the signal aborts.
 */
export async function waitFor<T>(
  deadline: Deadline,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const start = Date.now();
  let lastError: unknown;
  for (;;) {
    deadline.signal?.throwIfAborted();
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      if (error instanceof GiveUp) throw error;
      lastError = error;
    }
    if (Date.now() - start >= deadline.timeoutMs) {
      const why = lastError instanceof Error ? `; last error: ${lastError.message}` : "";
      throw new Error(
        `${deadline.what} was not ready after ${deadline.timeoutMs} ms${why}${deadline.explain?.() ?? ""}`,
        { cause: lastError },
      );
    }
    await delay(deadline.everyMs ?? 25);
  }
}

/** Thrown by a probe when waiting on is pointless (the process has exited). */
export class GiveUp extends Error {}
