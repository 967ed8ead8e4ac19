import { setTimeout as pause } from "node:timers/promises";

/** A batch holds one core and its locks for about this long: short beside what a writer notices. */
const TARGET_MS = 20;
const FEWEST = 50;
const MOST = 50_000;
/** The pause after a batch as a share of its time, so that writers get their turn on a small machine. */
const REST = 0.5;

/** How much to do at a time: it follows what the machine can do just now. */
export class Pace {
  #size = 500;

  get size(): number {
    return this.#size;
  }

  /** Runs one batch of at most `size` and learns from the time it took. `work` says how much it did. */
  async batch(work: (size: number) => Promise<number>): Promise<number> {
    const started = performance.now();
    const size = this.#size;
    const did = await work(size);
    const tookMs = performance.now() - started;
    const factor = Math.min(2, Math.max(0.5, TARGET_MS / Math.max(1, tookMs)));
    if (did >= size || factor < 1) this.#size = Math.round(Math.min(MOST, Math.max(FEWEST, size * factor)));
    await pause(Math.min(1000, tookMs * REST));
    return did;
  }
}
