import { Client, type ClientConfig } from "pg";

import { rowsOf } from "../database/sql";
import type { Progress } from "../apply/perform";
import { fromAnalyze, fromCreateIndex, fromVacuum, type Seen } from "./server-progress";

/** How often the server is asked. A lock wait that is shorter may not be seen. */
export const SAMPLE_MS = 200;

const SAMPLE = `
  select (select to_jsonb(p) from pg_stat_progress_create_index p where pid = $1) as "createIndex",
         (select to_jsonb(p) from pg_stat_progress_analyze p where pid = $1) as analyze,
         (select to_jsonb(p) from pg_stat_progress_vacuum p where pid = $1) as vacuum,
         (select extract(epoch from min(waitstart))::float8 * 1000 from pg_locks where pid = $1 and not granted) as "waitingSince",
         extract(epoch from clock_timestamp())::float8 * 1000 as now`;

interface Sample {
  createIndex: Seen | null;
  analyze: Seen | null;
  vacuum: Seen | null;
  waitingSince: number | null;
  now: number;
}

/**
 * Watches the runner's session from a second one: how far the server is with the running statement, and for how long it
 * waited for locks. It only reads, and its own failure never disturbs the run.
 */
export class ProgressWatch {
  readonly #client: Client;
  readonly #pid: number;
  readonly #onProgress: (progress: Progress) => void;
  #timer: NodeJS.Timeout | undefined;
  #lockWaitMs = 0;
  #wait: { since: number; seen: number } | null = null;
  #asking: Promise<void> = Promise.resolve();

  private constructor(client: Client, pid: number, onProgress: (progress: Progress) => void) {
    this.#client = client;
    this.#pid = pid;
    this.#onProgress = onProgress;
  }

  /** Watches the session of process `pid`; `connection` is how to reach the same server. */
  static async over<T>(
    connection: ClientConfig,
    pid: number,
    onProgress: (progress: Progress) => void,
    work: (watch: ProgressWatch) => Promise<T>,
  ): Promise<T> {
    const client = new Client({ ...connection, application_name: "plinth-progress" });
    // A watcher that loses its connection goes blind, nothing more.
    client.on("error", () => undefined);
    await client.connect();
    const watch = new ProgressWatch(client, pid, onProgress);
    watch.#timer = setInterval(() => watch.#tick(), SAMPLE_MS);
    try {
      return await work(watch);
    } finally {
      clearInterval(watch.#timer);
      await watch.#asking;
      await client.end().catch(() => undefined);
    }
  }

  /** Milliseconds waited for locks since the last call, as far as samples show. */
  takeLockWaitMs(): number {
    this.#settle();
    const waited = this.#lockWaitMs;
    this.#lockWaitMs = 0;
    return Math.round(waited);
  }

  #tick(): void {
    const client = this.#client;
    this.#asking = this.#asking.then(async () => {
      try {
        const [sample] = await rowsOf<Sample & Record<string, unknown>>(client, SAMPLE, [this.#pid]);
        if (sample !== undefined) this.#take(sample);
      } catch {
        clearInterval(this.#timer);
      }
    });
  }

  #take(sample: Sample): void {
    if (sample.waitingSince === null) this.#settle();
    else {
      if (this.#wait !== null && this.#wait.since !== sample.waitingSince) this.#settle();
      this.#wait = { since: sample.waitingSince, seen: sample.now };
    }
    const progress =
      sample.createIndex !== null
        ? fromCreateIndex(sample.createIndex)
        : sample.analyze !== null
          ? fromAnalyze(sample.analyze)
          : sample.vacuum !== null
            ? fromVacuum(sample.vacuum)
            : null;
    if (progress !== null) this.#onProgress(progress);
  }

  #settle(): void {
    if (this.#wait === null) return;
    this.#lockWaitMs += Math.max(0, this.#wait.seen - this.#wait.since);
    this.#wait = null;
  }
}
