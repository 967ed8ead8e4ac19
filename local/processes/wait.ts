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

/** A probe that was begun in time may finish, on a busy machine too; it gets as long again, but no longer than this. */
const longestGraceMs = 5_000;

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
      const found = await within(
        deadline,
        start + deadline.timeoutMs + Math.min(deadline.timeoutMs, longestGraceMs) - Date.now(),
        probe,
      );
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      if (error instanceof GiveUp) throw error;
      deadline.signal?.throwIfAborted();
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

/** A probe that hangs (a connection nobody accepts) must not outlast the deadline for long, nor the signal; its late answer is dropped. */
async function within<T>({ signal, timeoutMs }: Deadline, leftMs: number, probe: () => Promise<T> | T): Promise<T> {
  const answer = probe();
  if (!(answer instanceof Promise)) return answer;
  const over = new AbortController();
  const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  try {
    return await Promise.race([
      answer,
      delay(Math.max(leftMs, 1), undefined, { signal: either }).then(
        () => Promise.reject(new Error(`no answer within ${timeoutMs} ms`)),
        () => Promise.reject(new GiveUp("aborted")),
      ),
    ]);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    over.abort();
  }
}

/** Thrown by a probe when waiting on is pointless (the process has exited). */
export class GiveUp extends Error {}
