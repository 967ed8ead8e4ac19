import { build, type Histogram } from "hdr-histogram-js";

import type { Latencies, PhaseReport } from "./messages";

/** Microseconds up to ten minutes, three digits. */
const newHistogram = () =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });

function latencies(histogram: Histogram): Latencies {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
  return {
    count: histogram.totalCount,
    p50: at(50),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue / 1000,
  };
}

/** Latencies and errors of the running phase. An operation counts in the phase in which it was due. */
export class Recorder {
  #writes = newHistogram();
  #writesFromSend = newHistogram();
  #reads = newHistogram();
  #errors: Record<string, number> = {};
  #waits: Record<string, number> = {};
  #clockLateMs = 0;
  #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  write(dueToEndMs: number, sentToEndMs: number): void {
    this.#writes.recordValue(Math.max(1, Math.round(dueToEndMs * 1000)));
    this.#writesFromSend.recordValue(Math.max(1, Math.round(sentToEndMs * 1000)));
  }

  read(dueToEndMs: number): void {
    this.#reads.recordValue(Math.max(1, Math.round(dueToEndMs * 1000)));
  }

  error(code: string): void {
    this.#errors[code] = (this.#errors[code] ?? 0) + 1;
  }

  /** One slow session was seen to wait for this. */
  waited(wait: string): void {
    this.#waits[wait] = (this.#waits[wait] ?? 0) + 1;
  }

  /** The load itself came that much too late: nobody's stall, but part of every latency. */
  clockLate(lateMs: number): void {
    this.#clockLateMs = Math.max(this.#clockLateMs, lateMs);
  }

  report(phase: string, now: number): PhaseReport {
    return {
      phase,
      seconds: (now - this.#since) / 1000,
      writes: latencies(this.#writes),
      writesFromSend: latencies(this.#writesFromSend),
      reads: latencies(this.#reads),
      errors: this.#errors,
      waits: this.#waits,
      clockLateMs: this.#clockLateMs,
    };
  }
}
