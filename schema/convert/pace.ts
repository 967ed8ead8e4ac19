import { setTimeout as pause } from "node:timers/promises";

export interface PaceLimits {
  /** How long a batch should take: short beside what a writer notices. */
  targetMs: number;
  fewest: number;
  most: number;
}

export const COPY_PACE: PaceLimits = { targetMs: 20, fewest: 50, most: 50_000 };
/** A batch of changes holds row locks (of keys referred to), and begins with a fixed cost that grows with partitions. */
export const DRAIN_PACE: PaceLimits = { targetMs: 30, fewest: 100, most: 1000 };

/** The pause after a batch as a share of its time, so that writers get their turn on a small machine. */
const REST = 0.5;

/** How much to do at a time: it follows what the machine can do just now. */
export class Pace {
  readonly #limits: PaceLimits;
  #size: number;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
    this.#size = Math.min(limits.most, limits.fewest * 4);
  }

  get size(): number {
    return this.#size;
  }

  /** Runs one batch of at most `size` and learns from the time it took. `work` says how much it did. */
  async batch(work: (size: number) => Promise<number>): Promise<number> {
    const started = performance.now();
    const { targetMs, fewest, most } = this.#limits;
    const size = this.#size;
    const did = await work(size);
    const tookMs = performance.now() - started;
    const factor = Math.min(2, Math.max(0.5, targetMs / Math.max(1, tookMs)));
    if (did >= size || factor < 1) this.#size = Math.round(Math.min(most, Math.max(fewest, size * factor)));
    await pause(Math.min(1000, tookMs * REST));
    return did;
  }
}
