import { z } from "zod";
import { nameOrPrefix } from "../common";
import { policyDocument } from "../policy-document";
import { stateKind } from "../state-kind";
import { attachmentType, iamName, requirePolicy, requireRole, roleName, rolePolicyType } from "./names";

export const rolePolicy = stateKind({
  type: rolePolicyType,
  inputs: z.strictObject({
    name: iamName(128),
    namePrefix: z.string().optional(),
    role: z.string().min(1),
    policy: policyDocument("identity", 10_240),
  }),
  defaults: (given, naming) => nameOrPrefix(given, naming, "name", 128),
  identify: ({ role, name }) => `${roleName(role)}:${name}`,
  replaceOn: ["name", "namePrefix", "role"],
  admit: ({ role }, { cloud }) => requireRole(cloud, role),
  outputs: () => ({}),
});

export const rolePolicyAttachment = stateKind({
  type: attachmentType,
  inputs: z.strictObject({
    role: z.string().min(1),
    policyArn: z.string().regex(/^arn:[^:]+:iam::/, "must be the ARN of an IAM policy"),
  }),
  identify: ({ role, policyArn }) => `${roleName(role)}/${policyArn}`,
  replaceOn: "all",
  admit({ role, policyArn }, { cloud }) {
    requireRole(cloud, role);
    requirePolicy(cloud, policyArn);
  },
  outputs: () => ({}),
});
