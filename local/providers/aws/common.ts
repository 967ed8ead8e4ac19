import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Bag, Cloud, Naming, Value } from "../../contract";
import { UNKNOWN } from "../../contract";

/** `region` is an optional input of every regional resource of the AWS provider since its version 7. */
export const regional = {
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be the name of an AWS region, such as eu-central-1")
    .optional(),
};

const tagMap = z
  .record(
    z.string().min(1).max(128, "a tag key has at most 128 characters"),
    z.string().max(256, "a tag value has at most 256 characters"),
  )
  .optional();

/** Every tagged resource. The server puts the provider's `defaultTags` under `tagsAll` of the outputs; only BucketV2 takes it as an input. */
export const tagged = { tags: tagMap, tagsAll: tagMap };

export function tagOutputs(inputs: { tags?: Value; tagsAll?: Value }): Bag {
  return { ...(inputs.tags ? { tags: inputs.tags } : {}), tagsAll: inputs.tagsAll ?? inputs.tags ?? {} };
}

export function regionOf(inputs: { region?: string }, cloud: Cloud): string {
  return inputs.region ?? cloud.region;
}

/** `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`; pass an empty region for global services. */
export function arn(cloud: Cloud, service: string, resource: string, region: string = cloud.region): string {
  return `arn:${cloud.partition}:${service}:${region}:${cloud.accountId}:${resource}`;
}

/** `sg-0123456789abcdef0`: EC2's long identifiers are 17 hexadecimal digits. */
export function ec2Id(prefix: string): string {
  return `${prefix}-${randomBytes(9).toString("hex").slice(0, 17)}`;
}

/** The name of a resource with `name` and `namePrefix`: the given one, prefix plus random digits, or Pulumi's automatic name. */
export function nameOrPrefix(inputs: Bag, naming: Naming, property = "name", maxLength = 255): Bag {
  if (typeof inputs[property] === "string" && inputs[property] !== "") return {};
  const prefix = inputs[`${property}Prefix`];
  if (prefix === UNKNOWN) return {};
  const kept = naming.prior?.[property];
  if (typeof prefix !== "string") return { [property]: naming.auto(property, { maxLength }) };
  const fits = typeof kept === "string" && kept.startsWith(prefix);
  return { [property]: fits ? kept : `${prefix}${randomBytes(13).toString("hex")}`.slice(0, maxLength) };
}

export function withoutNulls(inputs: Bag): Bag {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
}

/** Given, even if its value is not known before the update runs. */
export function isGiven(inputs: Bag, property: string): boolean {
  return inputs[property] !== undefined && inputs[property] !== null;
}

export function isBag(value: Value | undefined): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as text, unless it is absent or not known yet. */
export function knownText(inputs: Bag, property: string): string | undefined {
  const value = inputs[property];
  return typeof value === "string" && value !== UNKNOWN ? value : undefined;
}

export function knownNumber(inputs: Bag, property: string): number | undefined {
  const value = inputs[property];
  return typeof value === "number" ? value : undefined;
}
