import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { type Bag, type Problem } from "../../../contract";
import { arn, isGiven, knownText, regional, regionOf, tagged } from "../common";
import { policyDocument, policyProblems, statementsOf } from "../policy-document";
import { stateKind } from "../state-kind";
import { keyType, scheduleDeletion } from "./keys";

/** 32 KiB, https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
const maxPolicyCharacters = 32_768;
const specs = [
  ...["SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"],
  ...["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"],
] as const;

const inputs = z.strictObject({
  ...regional,
  ...tagged,
  description: z.string().max(8192),
  keyUsage: z.enum(["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"]),
  customerMasterKeySpec: z.enum(specs),
  policy: policyDocument("resource", maxPolicyCharacters).optional(),
  bypassPolicyLockoutSafetyCheck: z.boolean(),
  deletionWindowInDays: z
    .number()
    .int()
    .min(7, "lies between 7 and 30 days")
    .max(30, "lies between 7 and 30 days")
    .optional(),
  isEnabled: z.boolean(),
  enableKeyRotation: z.boolean().optional(),
  rotationPeriodInDays: z
    .number()
    .int()
    .min(90, "lies between 90 and 2560 days")
    .max(2560, "lies between 90 and 2560 days")
    .optional(),
  multiRegion: z.boolean(),
});

function refuse(given: Bag): Problem[] {
  const problems: Problem[] = [];
  if (isGiven(given, "rotationPeriodInDays") && (given.enableKeyRotation ?? false) === false)
    problems.push({ property: "rotationPeriodInDays", reason: "needs enableKeyRotation: true" });
  if (given.enableKeyRotation === true && knownText(given, "customerMasterKeySpec") !== "SYMMETRIC_DEFAULT")
    problems.push({ property: "enableKeyRotation", reason: "KMS rotates SYMMETRIC_DEFAULT keys only" });
  const policy = knownText(given, "policy");
  if (policy !== undefined && given.bypassPolicyLockoutSafetyCheck !== true && locksOut(policy))
    problems.push({
      property: "policy",
      reason:
        "MalformedPolicyDocumentException: the new key policy will not allow you to update the key policy in the future; let the account's root (or another principal) do kms:PutKeyPolicy",
    });
  return problems;
}

/** True when no statement lets any principal of the account change the policy again. */
function locksOut(policy: string): boolean {
  if (policyProblems(policy, "resource", maxPolicyCharacters).length > 0) return false; // said already, at the property itself
  return !statementsOf(policy).some(({ Effect, Action, Principal }) => {
    const actions = [Action ?? []].flat().map((action) => action.toLowerCase());
    const holds = actions.some((action) => ["*", "kms:*", "kms:put*", "kms:putkeypolicy"].includes(action));
    return Effect === "Allow" && holds && (Principal === "*" || (Principal !== undefined && "AWS" in Principal));
  });
}

export const kmsKey = stateKind({
  type: keyType,
  inputs,
  defaults: () => ({
    description: "",
    keyUsage: "ENCRYPT_DECRYPT",
    customerMasterKeySpec: "SYMMETRIC_DEFAULT",
    bypassPolicyLockoutSafetyCheck: false,
    isEnabled: true,
    multiRegion: false,
  }),
  refuse,
  identify: ({ multiRegion }) => (multiRegion ? `mrk-${randomBytes(16).toString("hex")}` : randomUUID()),
  replaceOn: ["keyUsage", "customerMasterKeySpec", "multiRegion"],
  outputs: (given, { id, cloud }) => ({
    keyId: id,
    arn: arn(cloud, "kms", `key/${id}`, regionOf(given, cloud)),
    enableKeyRotation: given.enableKeyRotation ?? false,
    ...(given.enableKeyRotation ? { rotationPeriodInDays: given.rotationPeriodInDays ?? 365 } : {}),
    policy: given.policy ?? defaultPolicy(`arn:${cloud.partition}:iam::${cloud.accountId}:root`),
  }),
  dismiss({ id, inputs: { deletionWindowInDays } }, cloud) {
    scheduleDeletion(cloud, id, typeof deletionWindowInDays === "number" ? deletionWindowInDays : 30);
  },
  describe: async ({ inputs: { isEnabled } }) =>
    isEnabled === false ? "disabled" : "enabled; nothing is encrypted with it here",
});

function defaultPolicy(root: string): string {
  const Statement = [
    { Sid: "Enable IAM User Permissions", Effect: "Allow", Principal: { AWS: root }, Action: "kms:*", Resource: "*" },
  ];
  return JSON.stringify({ Version: "2012-10-17", Id: "key-default-1", Statement });
}
