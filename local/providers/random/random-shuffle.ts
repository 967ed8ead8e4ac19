import { z } from "zod";
import { shuffle } from "./characters";
import { keepers, randomKind } from "./random-kind";
import { uniformSource } from "./seeded";

export const randomShuffle = randomKind({
  type: "random:index/randomShuffle:RandomShuffle",
  inputs: z.strictObject({
    inputs: z.array(z.string()),
    resultCount: z.number().int().min(0).optional(),
    seed: z.string().optional(),
    keepers,
  }),
  identify: () => "-",
  outputs(_id, { inputs, resultCount = inputs.length, seed }) {
    const below = uniformSource(seed);
    const results: string[] = [];
    // More results than inputs: whole permutations follow each other, so that nothing is repeated more often than something else.
    while (inputs.length > 0 && results.length < resultCount) results.push(...shuffle(inputs, below));
    return { results: results.slice(0, resultCount) };
  },
});
