import { z } from "zod";
import type { Bag, Problem } from "../../../contract";
import { isBag } from "../common";

const days = z.number().int().min(0);
const storageClass = z.enum([
  ...["GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"],
] as [string, ...string[]]);
const size = z.number().int().min(0).optional();

export const lifecycleRule = z.strictObject({
  id: z.string().min(1).max(255),
  status: z.enum(["Enabled", "Disabled"]),
  prefix: z.string().optional(),
  filter: z
    .strictObject({
      prefix: z.string().optional(),
      objectSizeGreaterThan: size,
      objectSizeLessThan: size,
      tag: z.strictObject({ key: z.string().min(1), value: z.string() }).optional(),
      and: z
        .strictObject({
          prefix: z.string().optional(),
          objectSizeGreaterThan: size,
          objectSizeLessThan: size,
          tags: z.record(z.string(), z.string()).optional(),
        })
        .optional(),
    })
    .optional(),
  expiration: z
    .strictObject({
      date: z.string().optional(),
      days: days.optional(),
      expiredObjectDeleteMarker: z.boolean().optional(),
    })
    .optional(),
  noncurrentVersionExpiration: z
    .strictObject({ noncurrentDays: days.min(1), newerNoncurrentVersions: z.number().int().min(1).max(100).optional() })
    .optional(),
  noncurrentVersionTransitions: z
    .array(z.strictObject({ noncurrentDays: days, storageClass, newerNoncurrentVersions: z.number().int().optional() }))
    .optional(),
  transitions: z.array(z.strictObject({ date: z.string().optional(), days: days.optional(), storageClass })).optional(),
  abortIncompleteMultipartUpload: z.strictObject({ daysAfterInitiation: days.min(1) }).optional(),
});

const effects = [
  "expiration",
  "noncurrentVersionExpiration",
  "noncurrentVersionTransitions",
  "transitions",
  "abortIncompleteMultipartUpload",
];

export function lifecycleProblems(given: Bag): Problem[] {
  const rules = Array.isArray(given.rules) ? given.rules.filter(isBag) : [];
  return rules.flatMap((rule, index) => {
    const problems: Problem[] = [];
    if (!effects.some((effect) => rule[effect] !== undefined))
      problems.push({ property: `rules[${index}]`, reason: `at least one of ${effects.join(", ")} must be given` });
    if (rules.findIndex((other) => other.id === rule.id) !== index)
      problems.push({ property: `rules[${index}].id`, reason: "is the id of an earlier rule too" });
    return problems;
  });
}
