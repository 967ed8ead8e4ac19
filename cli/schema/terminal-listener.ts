import pc from "picocolors";
import type { Progress } from "../../schema/apply/perform";
import { progressText, type RunListener } from "../../schema/hook/listener";
import { duration } from "../../schema/hook/report";
import type { Step } from "../../schema/plan/steps";
import { bar } from "../terminal/bar";
import type { Terminal } from "../terminal/terminal";

/** What is left at the speed so far; nothing while it would be a guess. */
function remaining({ done, total }: Progress, elapsedMs: number): string {
  if (done <= 0 || total <= done || elapsedMs < 2000) return "";
  return `, ${duration(Math.round((elapsedMs / done) * (total - done)))} left`;
}

/** A line for every step, and a bar for the one that runs. */
export function terminalListener(terminal: Terminal): RunListener {
  let phase = "";
  let phaseSince = 0;
  const position = (at: number, total: number) => pc.dim(`[${at}/${total}]`);
  return {
    planned: (steps) => {
      const waiting = steps.filter(({ action }) => action === "pending");
      for (const { object, reason } of waiting) terminal.line(`  ${pc.blue("?")} pending  ${object}: ${reason}`);
    },
    started: (step: Step, at, total) => terminal.working(`[${at}/${total}] ${step.action} ${step.object}`),
    progress: (step, progress) => {
      if (progress.phase !== phase) {
        phase = progress.phase;
        phaseSince = Date.now();
      }
      const drawn = progress.total > 0 ? `${bar(progress.done, progress.total)} ` : "";
      terminal.progress(
        `${drawn}${step.object}: ${progressText(progress)}${remaining(progress, Date.now() - phaseSince)}`,
      );
    },
    part: (_step, name, durationMs, detail) =>
      terminal.line(pc.dim(`           ${name}: ${duration(durationMs)}${detail === null ? "" : ` (${detail})`}`)),
    retry: (step, why, blockers) => {
      terminal.line(`  ${pc.yellow("…")} again    ${step.object}: ${why}`);
      for (const blocker of blockers) terminal.line(`             blocked by ${blocker}`);
    },
    done: (step, at, total, durationMs) => {
      terminal.rest();
      terminal.line(
        `  ${pc.green("✓")} ${step.action.padEnd(8)} ${step.object} ${position(at, total)} ${pc.dim(duration(durationMs))}`,
      );
    },
    refused: (step) => terminal.line(`  ${pc.red("!")} refused  ${step.object}: ${step.reason}`),
    ended: () => terminal.rest(),
  };
}
