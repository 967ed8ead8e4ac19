import { randomInt } from "node:crypto";

const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const lower = "abcdefghijklmnopqrstuvwxyz";
const numeric = "0123456789";
/** The provider's documented default, https://www.pulumi.com/registry/packages/random/api-docs/randompassword/#special_nodejs */
const special = "!@#$%&*()-_=+[]{}<>:?";

export interface Recipe {
  readonly length: number;
  readonly upper: boolean;
  readonly lower: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minUpper: number;
  readonly minLower: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  readonly overrideSpecial?: string;
}

/** Draws a string from the operating system's cryptographic source, every allowed string of the recipe's shape being possible. */
export function drawString(recipe: Recipe): string {
  const specials = recipe.overrideSpecial ? recipe.overrideSpecial : special;
  // A minimum is honoured even where its class is switched off: the real provider draws the minimums before it looks at the flags.
  const drawn = [
    ...draw(upper, recipe.minUpper),
    ...draw(lower, recipe.minLower),
    ...draw(numeric, recipe.minNumeric),
    ...draw(specials, recipe.minSpecial),
  ];
  const alphabet = [
    recipe.upper ? upper : "",
    recipe.lower ? lower : "",
    recipe.numeric ? numeric : "",
    recipe.special ? specials : "",
  ].join("");
  return shuffle([...drawn, ...draw(alphabet, recipe.length - drawn.length)]).join("");
}

/** Fisher-Yates: every order is equally likely. `below(n)` must be uniform over 0 … n-1. */
export function shuffle<T>(items: readonly T[], below: (limit: number) => number = (limit) => randomInt(limit)): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

function draw(alphabet: string, count: number): string[] {
  const letters = [...alphabet];
  return Array.from({ length: count }, () => letters[randomInt(letters.length)] ?? "");
}
