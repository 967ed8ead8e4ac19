import { z } from "zod";
import { Refusal, type Cloud } from "../../../contract";

export const roleType = "aws:iam/role:Role";
export const policyType = "aws:iam/policy:Policy";
export const rolePolicyType = "aws:iam/rolePolicy:RolePolicy";
export const attachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function iamName(maxLength: number) {
  return z
    .string()
    .min(1)
    .max(maxLength, `has at most ${maxLength} characters`)
    .regex(/^[A-Za-z0-9+=,.@_-]+$/, "may hold letters, digits and +=,.@_- only");
}

export const iamPath = z
  .string()
  .max(512)
  .regex(/^\/([!-~]+\/)?$/, "must begin and end with /");

/** IAM takes a role's name or its ARN; its answers use the name. */
export function roleName(reference: string): string {
  return reference.startsWith("arn:") ? reference.slice(reference.lastIndexOf("/") + 1) : reference;
}

export function requireRole(cloud: Cloud, reference: string): void {
  if (!cloud.resource(roleType, roleName(reference)))
    throw new Refusal(
      "NoSuchEntity",
      `the role '${roleName(reference)}' cannot be found; create it or correct the name`,
    );
}

/** Policies of AWS itself (`arn:aws:iam::aws:policy/…`) always exist; the account's own must have been created. */
export function requirePolicy(cloud: Cloud, policyArn: string): void {
  if (/^arn:[^:]+:iam::aws:policy\//.test(policyArn) || cloud.resource(policyType, policyArn)) return;
  throw new Refusal(
    "NoSuchEntity",
    `the policy '${policyArn}' does not exist or is not attachable; create it or correct the ARN`,
  );
}
