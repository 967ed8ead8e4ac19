import { randomInt } from "node:crypto";
import { z } from "zod";
import { type Bag, type Problem } from "../../../contract";
import { ec2Id, isGiven, knownNumber, knownText, regional } from "../common";
import { stateKind } from "../state-kind";
import { cidr } from "./cidr";
import { requireSecurityGroup } from "./known-groups";
import { portProblems } from "./protocols";
import { description } from "./security-group";

const sources = ["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "sourceSecurityGroupId", "self"];

function refuse(given: Bag): Problem[] {
  const problems = portProblems(
    {
      protocol: knownText(given, "protocol"),
      fromPort: knownNumber(given, "fromPort"),
      toPort: knownNumber(given, "toPort"),
    },
    { protocol: "protocol" },
  );
  const named = sources.filter((source) => isGiven(given, source) && given[source] !== false);
  const group = named.find((source) => source === "self" || source === "sourceSecurityGroupId");
  if (named.length === 0)
    problems.push({ property: "cidrBlocks", reason: `one of ${sources.join(", ")} must be given` });
  else if (group && named.length > 1)
    problems.push({
      property: group,
      reason: `cannot be given together with ${named.filter((n) => n !== group).join(", ")}`,
    });
  return problems;
}

/** The older form of a rule: one resource may stand for several of EC2's, so nothing but its description changes in place. */
export const securityGroupRule = stateKind({
  type: "aws:ec2/securityGroupRule:SecurityGroupRule",
  inputs: z.strictObject({
    ...regional,
    type: z.enum(["ingress", "egress"]),
    securityGroupId: z.string(),
    protocol: z.string(),
    fromPort: z.number().int(),
    toPort: z.number().int(),
    cidrBlocks: z.array(cidr(4)).optional(),
    ipv6CidrBlocks: z.array(cidr(6)).optional(),
    prefixListIds: z.array(z.string().regex(/^pl-/, "must be the id of a prefix list (pl-…)")).optional(),
    sourceSecurityGroupId: z.string().optional(),
    self: z.boolean(),
    description: description.optional(),
  }),
  defaults: () => ({ self: false }),
  refuse,
  identify: () => `sgrule-${randomInt(1, 2 ** 32)}`,
  replaceOn: ["type", "securityGroupId", "protocol", "fromPort", "toPort", ...sources],
  admit(given, { cloud }) {
    requireSecurityGroup(cloud, given.securityGroupId);
    if (given.sourceSecurityGroupId) requireSecurityGroup(cloud, given.sourceSecurityGroupId);
  },
  outputs: (given, { priorOutputs }) => ({
    securityGroupRuleId: priorOutputs?.securityGroupRuleId ?? ec2Id("sgr"),
    ...(given.self ? { sourceSecurityGroupId: given.securityGroupId } : {}),
  }),
});
