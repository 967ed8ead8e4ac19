import { z } from "zod";
import { Refusal, type Bag, type Cloud, type Problem } from "../../../contract";
import { arn, ec2Id, isBag, knownNumber, knownText, nameOrPrefix, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";
import { cidr } from "./cidr";
import { requireSecurityGroup, securityGroupType, usersOfSecurityGroup } from "./known-groups";
import { vpcOf } from "./network";
import { portProblems } from "./protocols";

/** What EC2 allows in names and descriptions of groups and rules. */
export const groupText = /^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/;
const textMessage = "may hold letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* only";

export const description = z.string().max(255, "has at most 255 characters").regex(groupText, textMessage);

const rule = z.strictObject({
  protocol: z.string(),
  fromPort: z.number().int(),
  toPort: z.number().int(),
  cidrBlocks: z.array(cidr(4)).optional(),
  ipv6CidrBlocks: z.array(cidr(6)).optional(),
  prefixListIds: z.array(z.string().regex(/^pl-/, "must be the id of a prefix list (pl-…)")).optional(),
  securityGroups: z.array(z.string()).optional(),
  self: z.boolean().optional(),
  description: description.optional(),
});

const inputs = z.strictObject({
  ...regional,
  ...tagged,
  name: z.string().min(1).max(255).regex(groupText, textMessage),
  namePrefix: z.string().optional(),
  description: description.min(1, 'cannot be ""'),
  vpcId: z
    .string()
    .regex(/^vpc-[0-9a-z]+$/, "must be the id of a VPC (vpc-…)")
    .optional(),
  ingress: z.array(rule).optional(),
  egress: z.array(rule).optional(),
  revokeRulesOnDelete: z.boolean(),
});

export const securityGroup = stateKind({
  type: securityGroupType,
  inputs,
  defaults: (given, naming) => ({
    ...nameOrPrefix(given, naming),
    description: "Managed by Pulumi",
    revokeRulesOnDelete: false,
  }),
  refuse(given) {
    const problems: Problem[] = [...ruleProblems(given, "ingress"), ...ruleProblems(given, "egress")];
    if (knownText(given, "name")?.startsWith("sg-"))
      problems.push({ property: "name", reason: 'must not begin with "sg-", which EC2 keeps for identifiers' });
    return problems;
  },
  identify: () => ec2Id("sg"),
  replaceOn: ["name", "namePrefix", "description", "vpcId"],
  admit(given, { id, cloud }) {
    const vpcId = given.vpcId ?? vpcOf(cloud).id;
    for (const { securityGroups = [] } of [...(given.ingress ?? []), ...(given.egress ?? [])])
      for (const other of securityGroups) requireSecurityGroup(cloud, other);
    const twin = cloud
      .resources(securityGroupType)
      .find(
        (other) =>
          other.id !== id && other.inputs.name === given.name && (other.inputs.vpcId ?? vpcOf(cloud).id) === vpcId,
      );
    if (twin)
      throw new Refusal(
        "InvalidGroup.Duplicate",
        `the security group '${given.name}' already exists for VPC '${vpcId}' (${twin.id}); give this one another name`,
      );
  },
  outputs: (given, { id, cloud }) => ({
    arn: arn(cloud, "ec2", `security-group/${id}`, regionOf(given, cloud)),
    ownerId: cloud.accountId,
    vpcId: given.vpcId ?? vpcOf(cloud).id,
    ingress: given.ingress ?? [],
    egress: given.egress ?? [],
  }),
  dismiss: ({ id }, cloud) => refuseWhileUsed(cloud, id),
});

function refuseWhileUsed(cloud: Cloud, id: string): void {
  const users = usersOfSecurityGroup(cloud, id);
  if (users.length > 0)
    throw new Refusal(
      "DependencyViolation",
      `resource ${id} has dependent objects (${users.join(", ")}); delete or change those first`,
    );
}

function ruleProblems(given: Bag, side: "ingress" | "egress"): Problem[] {
  const rules = Array.isArray(given[side]) ? given[side] : [];
  return rules.flatMap((candidate, index) => {
    if (!isBag(candidate)) return [];
    const prefix = `${side}[${index}].`;
    const sources = ["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups", "self"];
    const problems = portProblems(
      {
        protocol: knownText(candidate, "protocol"),
        fromPort: knownNumber(candidate, "fromPort"),
        toPort: knownNumber(candidate, "toPort"),
      },
      { protocol: "protocol", prefix },
    );
    if (candidate.protocol === "-1" && (candidate.fromPort !== 0 || candidate.toPort !== 0))
      problems.push({
        property: `${prefix}fromPort`,
        reason: "fromPort and toPort must be 0 where the protocol is -1",
      });
    if (!sources.some((source) => candidate[source] !== undefined && candidate[source] !== false))
      problems.push({ property: prefix.slice(0, -1), reason: `needs a source: one of ${sources.join(", ")}` });
    return problems;
  });
}
