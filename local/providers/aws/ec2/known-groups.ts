import { createHash } from "node:crypto";
import { z } from "zod";
import { Refusal, type Cloud, type Value } from "../../../contract";

export const securityGroupType = "aws:ec2/securityGroup:SecurityGroup";
const collection = "existing-security-groups";
const existing = z.object({ owner: z.string() });

/**
 * A security group that was there before the program: a cluster's, or a VPC's default one. Its id is a function of its owner and it is
 * remembered, so that rules may refer to it.
 */
export function existingSecurityGroup(cloud: Cloud, owner: string): string {
  const id = `sg-${createHash("sha256").update(`${cloud.accountId}/${owner}`).digest("hex").slice(0, 17)}`;
  if (cloud.mode === "run" && !cloud.records.get(collection, id, existing))
    cloud.records.put(collection, id, { owner });
  return id;
}

/** @throws Refusal InvalidGroup.NotFound, EC2's answer to an identifier it does not know. */
export function requireSecurityGroup(cloud: Cloud, id: string): void {
  if (cloud.resource(securityGroupType, id) || cloud.records.get(collection, id, existing)) return;
  throw new Refusal(
    "InvalidGroup.NotFound",
    `the security group '${id}' does not exist; create it in the program, or take it from an invoke such as aws:eks/getCluster`,
  );
}

/** The resources, rules of the group itself left out, whose inputs name the group. */
export function usersOfSecurityGroup(cloud: Cloud, id: string): string[] {
  return cloud
    .resources()
    .filter(({ type, id: own, inputs }) => {
      if (!type.startsWith("aws:") || (type === securityGroupType && own === id)) return false;
      return inputs.securityGroupId !== id && names(inputs, id);
    })
    .map(({ type, id: user }) => `${type} ${user}`);
}

function names(value: Value, id: string): boolean {
  if (value === id) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some((inner) => names(inner, id));
}
