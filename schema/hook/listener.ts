import type { Progress } from "../apply/perform";
import type { Step } from "../plan/steps";
import { doneLine, duration, line, startedLine } from "./report";

/** Who follows a run: the Job's log, or a person at a terminal. */
export interface RunListener {
  planned: (steps: readonly Step[]) => void;
  started: (step: Step, position: number, total: number) => void;
  progress: (step: Step, progress: Progress) => void;
  part: (step: Step, name: string, durationMs: number, detail: string | null) => void;
  retry: (step: Step, why: string, blockers: readonly string[]) => void;
  done: (step: Step, position: number, total: number, durationMs: number) => void;
  refused: (step: Step) => void;
  /** The run's end, whether it went well or not. */
  ended: () => void;
}

/** A step that takes longer is announced, so that the log of a waiting Job says what it waits for. */
const SLOW_MS = 2000;
/** A log line about the same step comes no more often than this. */
const PROGRESS_EVERY_MS = 10_000;

export function progressText({ phase, done, total, unit }: Progress): string {
  const count = (value: number) => value.toLocaleString("en");
  if (total <= 0) return done > 0 ? `${phase}, ${count(done)} ${unit}` : phase;
  return `${phase}, ${count(done)} of ${count(total)} ${unit} (${Math.floor((done / total) * 100)} %)`;
}

/** Lines for a log: every step when it is done, and what goes on when one takes long. */
export function logListener(print: (text: string) => void): RunListener {
  let slow: NodeJS.Timeout | undefined;
  let lastProgress = 0;
  return {
    planned: (steps) => {
      for (const step of steps.filter(({ action }) => action === "pending" || action === "adopt"))
        print(line(step.action, `${step.object}: ${step.reason}`));
    },
    started: (step, position, total) => {
      lastProgress = Date.now();
      slow = setTimeout(() => print(startedLine(step, position, total)), SLOW_MS);
    },
    progress: (_step, progress) => {
      if (Date.now() - lastProgress < PROGRESS_EVERY_MS) return;
      lastProgress = Date.now();
      print(line("progress", progressText(progress)));
    },
    part: (step, name, durationMs, detail) =>
      print(line("part", `${step.object}: ${name} in ${duration(durationMs)}${detail === null ? "" : ` (${detail})`}`)),
    retry: (step, why, blockers) => {
      print(line("retry", `${step.object}: ${why}`));
      for (const blocker of blockers) print(line("blocker", blocker));
    },
    done: (step, position, total, durationMs) => {
      clearTimeout(slow);
      print(doneLine(step, position, total, durationMs));
    },
    refused: (step) => print(line("refused", `${step.object}: ${step.reason}`)),
    ended: () => clearTimeout(slow),
  };
}
