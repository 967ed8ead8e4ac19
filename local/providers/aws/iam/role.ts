import { randomInt } from "node:crypto";
import { z } from "zod";
import { Refusal } from "../../../contract";
import { arn, nameOrPrefix, tagged } from "../common";
import { policyDocument } from "../policy-document";
import { stateKind } from "../state-kind";
import { attachmentType, iamName, iamPath, requirePolicy, roleName, rolePolicyType, roleType } from "./names";

const oneToTwelveHours = "lies between 3600 and 43200 seconds";

export const role = stateKind({
  type: roleType,
  inputs: z.strictObject({
    ...tagged,
    name: iamName(64),
    namePrefix: z.string().max(38).optional(),
    path: iamPath,
    description: z.string().max(1000).optional(),
    assumeRolePolicy: policyDocument("trust", 8_192),
    maxSessionDuration: z.number().int().min(3_600, oneToTwelveHours).max(43_200, oneToTwelveHours),
    permissionsBoundary: z.string().startsWith("arn:", "must be the ARN of a policy").optional(),
    forceDetachPolicies: z.boolean(),
    managedPolicyArns: z.array(z.string().startsWith("arn:", "must be the ARN of a policy")).optional(),
    inlinePolicies: z
      .array(z.strictObject({ name: iamName(128).optional(), policy: policyDocument("identity", 10_240).optional() }))
      .optional(),
  }),
  defaults: (given, naming) => ({
    ...nameOrPrefix(given, naming, "name", 64),
    path: "/",
    maxSessionDuration: 3_600,
    forceDetachPolicies: false,
  }),
  identify: ({ name }) => name,
  replaceOn: ["name", "namePrefix", "path"],
  admit({ managedPolicyArns = [], permissionsBoundary }, { cloud }) {
    for (const policy of [...managedPolicyArns, ...(permissionsBoundary ? [permissionsBoundary] : [])])
      requirePolicy(cloud, policy);
  },
  outputs: ({ path, name, managedPolicyArns, inlinePolicies }, { cloud, priorOutputs }) => ({
    arn: arn(cloud, "iam", `role${path}${name}`, ""),
    uniqueId: priorOutputs?.uniqueId ?? uniqueId("AROA"),
    createDate: priorOutputs?.createDate ?? new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    managedPolicyArns: managedPolicyArns ?? [],
    inlinePolicies: inlinePolicies ?? [],
  }),
  dismiss({ id, inputs }, cloud) {
    if (inputs.forceDetachPolicies === true) return;
    const rest = [...cloud.resources(attachmentType), ...cloud.resources(rolePolicyType)].filter(
      (other) => typeof other.inputs.role === "string" && roleName(other.inputs.role) === id,
    );
    if (rest.length > 0)
      throw new Refusal(
        "DeleteConflict",
        `cannot delete the role '${id}', must detach all policies first: ${rest.map((other) => other.id).join(", ")}`,
      );
  },
});

/** `AROA…`, `ANPA…`: a prefix and 17 capital letters and digits. */
export function uniqueId(prefix: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return prefix + Array.from({ length: 17 }, () => letters[randomInt(letters.length)]).join("");
}
