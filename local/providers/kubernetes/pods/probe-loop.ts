import type { IProbe } from "kubernetes-models/v1/Probe";
import type { ExecResult } from "../../../processes/sandbox";

export interface Streak {
  readonly ok: boolean;
  readonly length: number;
}

/** The streak after one more result. */
export function continued(streak: Streak | undefined, ok: boolean): Streak {
  return streak?.ok === ok ? { ok, length: streak.length + 1 } : { ok, length: 1 };
}

/** Whether a streak is long enough to change the verdict; undefined while it is not. */
export function verdict(streak: Streak, probe: IProbe): boolean | undefined {
  const needed = streak.ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return streak.length >= needed ? streak.ok : undefined;
}

/** Until the first success a container is looked at this often, so that nobody waits a whole period for what is ready; failures count once per period. */
const eagerEveryMs = 250;

/** Looks at a container periodically until stopped. */
export class ProbeLoop {
  #timer: NodeJS.Timeout | undefined;
  #streak: Streak | undefined;
  #stopped = false;
  #everSucceeded = false;
  #countedAt = 0;

  constructor(
    private readonly probe: IProbe,
    /** Eager probes matter for becoming ready (readiness, startup), not for staying alive. */
    private readonly eager: boolean,
    private readonly check: (timeoutMs: number) => Promise<ExecResult>,
    /** Told every failure, and every verdict that thresholds confirm (undefined while they do not). */
    private readonly report: (verdict: boolean | undefined, output: string) => void,
  ) {}

  start(): void {
    this.#countedAt = Date.now() - this.#periodMs;
    this.#schedule((this.probe.initialDelaySeconds ?? 0) * 1000);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  get #periodMs(): number {
    return (this.probe.periodSeconds ?? 10) * 1000;
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  async #look(): Promise<void> {
    const startedAt = Date.now();
    const { ok, output } = await this.check((this.probe.timeoutSeconds ?? 1) * 1000);
    if (this.#stopped) return;
    this.#everSucceeded ||= ok;
    // Rounded: a timer may fire a millisecond early.
    let decided: boolean | undefined;
    if (ok || startedAt - this.#countedAt >= this.#periodMs - 5) {
      this.#countedAt = startedAt;
      this.#streak = continued(this.#streak, ok);
      decided = verdict(this.#streak, this.probe);
    }
    if (!ok || decided !== undefined) this.report(decided, output);
    this.#schedule(this.eager && !this.#everSucceeded ? Math.min(eagerEveryMs, this.#periodMs) : this.#periodMs);
  }
}
