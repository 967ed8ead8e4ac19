import { z } from "zod";
import { keepers, randomKind } from "./random-kind";
import { uniformSource } from "./seeded";

export const randomInteger = randomKind({
  type: "random:index/randomInteger:RandomInteger",
  inputs: z.strictObject({ min: z.number().int(), max: z.number().int(), seed: z.string().optional(), keepers }),
  refuse: ({ min, max }) =>
    typeof min === "number" && typeof max === "number" && min > max
      ? [{ property: "max", reason: `must not be below min (${min}), got ${max}` }]
      : [],
  identify: ({ min, max, seed }) => String(min + uniformSource(seed)(max - min + 1)),
  outputs: (id) => ({ result: Number(id) }),
});
