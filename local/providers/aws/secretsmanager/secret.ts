import { randomInt } from "node:crypto";
import { z } from "zod";
import { Refusal, type Cloud, type Resource } from "../../../contract";
import { arn, nameOrPrefix, regional, regionOf, tagged } from "../common";
import { requireKey } from "../kms/keys";
import { policyDocument } from "../policy-document";
import { stateKind } from "../state-kind";
import { keepName, requireFreeName } from "./deleted-secrets";

export const secretType = "aws:secretsmanager/secret:Secret";

/** Finds a secret by ARN or name, as the API takes either. @throws Refusal ResourceNotFoundException. */
export function requireSecret(cloud: Cloud, reference: string): Resource {
  const found =
    cloud.resource(secretType, reference) ??
    cloud.resources(secretType).find(({ inputs }) => inputs.name === reference);
  if (found) return found;
  throw new Refusal("ResourceNotFoundException", `Secrets Manager can't find the secret '${reference}'`);
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export const secret = stateKind({
  type: secretType,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    name: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[A-Za-z0-9/_+=.@-]+$/, "may hold letters, digits and /_+=.@- only"),
    namePrefix: z.string().optional(),
    description: z.string().max(2048).optional(),
    kmsKeyId: z.string().optional(),
    policy: z.union([z.literal("{}"), policyDocument("resource", 20_480)]).optional(),
    recoveryWindowInDays: z
      .number()
      .int()
      .refine(
        (days) => days === 0 || (days >= 7 && days <= 30),
        "must be 0 (delete at once) or lie between 7 and 30 days",
      ),
    forceOverwriteReplicaSecret: z.boolean(),
  }),
  defaults: (given, naming) => ({
    ...nameOrPrefix(given, naming, "name", 512),
    recoveryWindowInDays: 30,
    forceOverwriteReplicaSecret: false,
  }),
  identify(given, _naming, cloud) {
    const suffix = Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join("");
    return arn(cloud, "secretsmanager", `secret:${given.name}-${suffix}`, regionOf(given, cloud));
  },
  replaceOn: ["name", "namePrefix"],
  admit(given, { id, cloud }) {
    const twin = cloud
      .resources(secretType)
      .find((other) => other.id !== id && other.inputs.name === given.name && other.inputs.region === given.region);
    if (twin)
      throw new Refusal(
        "ResourceExistsException",
        `the secret '${given.name}' already exists; give this one another name`,
      );
    requireFreeName(cloud, regionOf(given, cloud), given.name);
    if (given.kmsKeyId) requireKey(cloud, given.kmsKeyId);
  },
  outputs: ({ policy }, { id }) => ({ arn: id, policy: policy === "{}" ? "" : (policy ?? ""), replicas: [] }),
  dismiss({ inputs }, cloud) {
    const { name, recoveryWindowInDays, region } = inputs;
    if (typeof name !== "string" || typeof recoveryWindowInDays !== "number" || recoveryWindowInDays === 0) return;
    keepName(cloud, typeof region === "string" ? region : cloud.region, name, recoveryWindowInDays);
  },
});
