import { dice } from "../../support/dice";

/** How a run is interrupted. */
export const KINDS = ["kill", "crash", "cut"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * Where. A boundary is a statement about the ledger, which begins or ends a step or a part of one: it is struck when the
 * statement is about to reach the server (hold), or when the server has done it and the hook does not know (swallow).
 * A moment is a time after the beginning of a step.
 */
export type Place =
  { at: "boundary"; boundary: number; how: "hold" | "swallow" } | { at: "moment"; boundary: number; afterMs: number };

export interface Interruption {
  kind: Kind;
  place: Place;
}

export interface Trial {
  /** Repeats it: `--only scenario/number` with the same seed. */
  id: string;
  scenario: string;
  seed: number;
  /** One after the other; the run after the last is left alone. */
  interruptions: Interruption[];
}

/** What an undisturbed run did: the text of each statement about the ledger, and the time to the next one. */
export interface Boundary {
  what: string;
  lastsMs: number;
}

/** Share of trials whose second run is interrupted too. */
const TWICE = 0.25;

function shuffled<T>(items: T[], throwDice: () => number): T[] {
  const keyed = items.map((item): [number, T] => [throwDice(), item]);
  return keyed.sort(([one], [other]) => one - other).map(([, item]) => item);
}

/**
 * The trials of one scenario: every boundary is struck once, by each kind in turn, and then again by the others; half as
 * many strikes fall on moments inside steps. The same seed gives the same trials. Pure.
 */
export function planTrials(scenario: string, boundaries: Boundary[], count: number, seed: number): Trial[] {
  const throwDice = dice(seed ^ [...scenario].reduce((sum, each) => sum * 31 + each.charCodeAt(0), 7));
  const moment = (): Place => {
    // Long steps are struck more often: a time of the whole run is drawn, and the step it falls into.
    const total = boundaries.reduce((sum, each) => sum + each.lastsMs, 0);
    let left = throwDice() * total;
    for (const [boundary, { lastsMs }] of boundaries.entries()) {
      if (left < lastsMs) return { at: "moment", boundary, afterMs: left };
      left -= lastsMs;
    }
    return { at: "moment", boundary: 0, afterMs: 0 };
  };
  const rounds = KINDS.flatMap((_, round) =>
    shuffled(
      boundaries.map((_each, boundary): Interruption => ({
        kind: KINDS[(boundary + round) % KINDS.length] ?? "kill",
        place: { at: "boundary", boundary, how: throwDice() < 0.5 ? "hold" : "swallow" },
      })),
      throwDice,
    ),
  );
  const trials: Trial[] = [];
  for (let number = 1; number <= count; number++) {
    const strikesMoment = number % 3 === 0 || rounds.length === 0;
    const first: Interruption = strikesMoment
      ? { kind: KINDS[Math.floor(throwDice() * KINDS.length)] ?? "kill", place: moment() }
      : (rounds.shift() ?? { kind: "kill", place: moment() });
    const again: Interruption[] =
      throwDice() < TWICE ? [{ kind: KINDS[Math.floor(throwDice() * KINDS.length)] ?? "kill", place: moment() }] : [];
    trials.push({
      id: `${scenario}/${number}`,
      scenario,
      seed: seed * 100_000 + number,
      interruptions: [first, ...again],
    });
  }
  return trials;
}
