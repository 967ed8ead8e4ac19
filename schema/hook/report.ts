import type { Step, StepAction } from "../plan/steps";

export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function line(head: string, text: string): string {
  return `${head.padEnd(8)} ${text}`;
}

export function startedLine(step: Step, position: number, total: number): string {
  return line("running", `[${position}/${total}] ${step.action} ${step.object} (${step.lock})`);
}

export function doneLine(step: Step, position: number, total: number, ms: number): string {
  return line("done", `[${position}/${total}] ${step.action} ${step.object} in ${duration(ms)} (${step.reason})`);
}

export function countActions(steps: Step[]): Record<StepAction, number> {
  const counts: Record<StepAction, number> = {
    create: 0,
    replace: 0,
    adopt: 0,
    keep: 0,
    pending: 0,
    drop: 0,
    refused: 0,
  };
  for (const step of steps) counts[step.action]++;
  return counts;
}

/** The last line of every run. */
export function summaryLine(steps: Step[], applied: number, ms: number, digest: string): string {
  const counts = countActions(steps);
  return line(
    "summary",
    `${applied} applied, ${counts.keep} as wanted, ${counts.adopt} adopted, ${counts.pending} pending, ${counts.refused} refused ` +
      `in ${duration(ms)}; manifest ${digest.slice(0, 12)}`,
  );
}
