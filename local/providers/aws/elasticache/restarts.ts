/** Delays between the starts of a node that keeps exiting: at once, then twice as long each time, 5 s at most. */
export class Restarts {
  readonly #attempts = new Map<number, { count: number; at: number }>();
  readonly #timers = new Map<number, NodeJS.Timeout>();

  schedule(node: number, start: () => Promise<unknown>): void {
    const last = this.#attempts.get(node);
    const calm = last === undefined || Date.now() - last.at > 30_000;
    const count = calm ? 0 : last.count + 1;
    this.#attempts.set(node, { count, at: Date.now() });
    const delayMs = restartDelayMs(count);
    clearTimeout(this.#timers.get(node));
    this.#timers.set(
      node,
      setTimeout(() => void start(), delayMs),
    );
  }

  cancel(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

export function restartDelayMs(attempt: number): number {
  return attempt === 0 ? 0 : Math.min(5_000, 100 * 2 ** (attempt - 1));
}
