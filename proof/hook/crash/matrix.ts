import { Arena, type ArenaSizes } from "./arena";
import { rehearse, type Rehearsal } from "./rehearse";
import type { Scenario } from "./scenarios";
import { runTrial, type TrialOutcome } from "./trial";
import { planTrials, type Trial } from "./trial-plan";

export interface MatrixOptions {
  scenarios: Scenario[];
  seed: number;
  sizes: ArenaSizes;
  /** Servers side by side. */
  arenas: number;
  /** Trials in all; by default every boundary is struck once, and half as many moments. */
  trials?: number;
  /** Only the trial of this id. */
  only?: string;
  onRehearsed?: (scenario: Scenario, rehearsal: Rehearsal, trials: number) => void;
  onTrial?: (outcome: TrialOutcome, done: number, total: number) => void;
}

export interface Matrix {
  seed: number;
  sizes: ArenaSizes;
  durationMs: number;
  scenarios: { scenario: Scenario; boundaries: number; undisturbedMs: number; outcomes: TrialOutcome[] }[];
}

/** `total` shared out in proportion to `weights`; every one gets something. */
export function shareOut(total: number, weights: number[]): number[] {
  const sum = weights.reduce((one, other) => one + other, 0);
  return weights.map((weight) => Math.max(1, Math.round((total * weight) / sum)));
}

/** Interrupts every scenario in every way, and says what came of it. */
export async function runMatrix(options: MatrixOptions): Promise<Matrix> {
  const started = performance.now();
  const arenas = await Promise.all(Array.from({ length: options.arenas }, () => Arena.open(options.sizes)));
  try {
    const [first] = arenas;
    if (first === undefined) throw new Error("no arena");
    const rehearsals: { scenario: Scenario; rehearsal: Rehearsal }[] = [];
    for (const scenario of options.scenarios)
      rehearsals.push({ scenario, rehearsal: await rehearse(first, scenario, options.seed) });
    const weights = rehearsals.map(({ rehearsal }) => rehearsal.boundaries.length);
    const counts = shareOut(options.trials ?? weights.reduce((sum, each) => sum + Math.ceil(each * 1.5), 0), weights);
    const queue: { scenario: Scenario; rehearsal: Rehearsal; trial: Trial }[] = [];
    for (const [index, { scenario, rehearsal }] of rehearsals.entries()) {
      const trials = planTrials(scenario.name, rehearsal.boundaries, counts[index] ?? 1, options.seed).filter(
        ({ id }) => options.only === undefined || id === options.only,
      );
      options.onRehearsed?.(scenario, rehearsal, trials.length);
      queue.push(...trials.map((trial) => ({ scenario, rehearsal, trial })));
    }
    const total = queue.length;
    const outcomes: TrialOutcome[] = [];
    await Promise.all(
      arenas.map(async (arena) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const outcome = await runTrial(arena, next.scenario, next.trial, next.rehearsal);
          outcomes.push(outcome);
          options.onTrial?.(outcome, outcomes.length, total);
        }
      }),
    );
    return {
      seed: options.seed,
      sizes: options.sizes,
      durationMs: performance.now() - started,
      scenarios: rehearsals.map(({ scenario, rehearsal }) => ({
        scenario,
        boundaries: rehearsal.boundaries.length,
        undisturbedMs: rehearsal.durationMs,
        outcomes: outcomes.filter(({ trial }) => trial.scenario === scenario.name),
      })),
    };
  } finally {
    await Promise.all(arenas.map((arena) => arena.close()));
  }
}
