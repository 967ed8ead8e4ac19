import { hashSync, truncates } from "bcryptjs";
import { z } from "zod";
import { UNKNOWN, type Bag, type Problem } from "../../contract";
import { drawString } from "./characters";
import { keepers, randomKind } from "./random-kind";

const count = z.number().int().min(0);

const recipe = z.strictObject({
  length: z.number().int().min(1, "must be at least 1"),
  upper: z.boolean(),
  lower: z.boolean(),
  numeric: z.boolean(),
  /** Deprecated twin of `numeric`; the defaults below keep the two equal. */
  number: z.boolean().optional(),
  special: z.boolean(),
  minUpper: count,
  minLower: count,
  minNumeric: count,
  minSpecial: count,
  overrideSpecial: z.string().optional(),
  keepers,
});

const defaults: Bag = {
  upper: true,
  lower: true,
  numeric: true,
  special: true,
  minUpper: 0,
  minLower: 0,
  minNumeric: 0,
  minSpecial: 0,
};
const flags = ["special", "upper", "lower", "numeric"] as const;
const minimums = ["minUpper", "minLower", "minNumeric", "minSpecial"] as const;

function refuse(inputs: Bag): Problem[] {
  const problems: Problem[] = [];
  const sum = minimums.map((key) => inputs[key]).reduce<number>((total, value) => total + numberOr(value, 0), 0);
  const length = numberOr(inputs.length, Number.POSITIVE_INFINITY);
  if (length < sum)
    problems.push({
      property: "length",
      reason: `must be at least the sum of minUpper, minLower, minNumeric and minSpecial (${sum}), got ${length}; raise it or lower a minimum`,
    });
  if (flags.every((flag) => inputs[flag] === false))
    problems.push({ property: "special", reason: "at least one of special, upper, lower and numeric must be true" });
  if (typeof inputs.number === "boolean" && inputs.numeric !== UNKNOWN && inputs.number !== inputs.numeric)
    problems.push({
      property: "number",
      reason: "is the deprecated name of numeric and says the opposite; keep numeric alone",
    });
  return problems;
}

/** `number` alone decides `numeric`, an empty `overrideSpecial` is none. */
function reconcile(kind: ReturnType<typeof randomKind>): ReturnType<typeof randomKind> {
  return {
    ...kind,
    defaults(inputs, naming) {
      const { overrideSpecial, ...rest } = kind.defaults?.(inputs, naming) ?? inputs;
      return {
        ...rest,
        ...(typeof inputs.number === "boolean" && inputs.numeric === undefined ? { numeric: inputs.number } : {}),
        ...(overrideSpecial === undefined || overrideSpecial === "" ? {} : { overrideSpecial }),
      };
    },
  };
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

export const randomString = reconcile(
  randomKind({
    type: "random:index/randomString:RandomString",
    inputs: recipe,
    defaults,
    refuse,
    identify: drawString,
    outputs: (id, { numeric }) => ({ result: id, number: numeric }),
  }),
);

/** Unlike a string's, a password's value is no identifier: it must not show in the engine's output. */
export const randomPassword = reconcile(
  randomKind({
    type: "random:index/randomPassword:RandomPassword",
    inputs: recipe,
    defaults,
    refuse,
    identify: () => "none",
    outputs(_id, inputs) {
      const result = drawString(inputs);
      return { result, bcryptHash: bcryptHash(result), number: inputs.numeric };
    },
  }),
);

/** Cost 10 is the default of golang.org/x/crypto/bcrypt, which the real provider uses; longer values are hashed by their first 72 bytes. */
function bcryptHash(value: string): string {
  return hashSync(truncates(value) ? Buffer.from(value).subarray(0, 72).toString() : value, 10);
}
