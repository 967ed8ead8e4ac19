import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Refusal, type Bag, type Kind, type Problem } from "../../../contract";
import { arn, ec2Id, isGiven, knownNumber, knownText, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";
import { cidr } from "./cidr";
import { requireSecurityGroup } from "./known-groups";
import { normalProtocol, portProblems } from "./protocols";
import { description } from "./security-group";

const peers = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"] as const;

const inputs = z.strictObject({
  ...regional,
  ...tagged,
  securityGroupId: z.string(),
  ipProtocol: z.string(),
  fromPort: z.number().int().optional(),
  toPort: z.number().int().optional(),
  cidrIpv4: cidr(4).optional(),
  cidrIpv6: cidr(6).optional(),
  prefixListId: z.string().regex(/^pl-/, "must be the id of a prefix list (pl-…)").optional(),
  referencedSecurityGroupId: z.string().optional(),
  description: description.optional(),
});

function refuse(given: Bag): Problem[] {
  const problems = portProblems(
    {
      protocol: knownText(given, "ipProtocol"),
      fromPort: knownNumber(given, "fromPort"),
      toPort: knownNumber(given, "toPort"),
    },
    { protocol: "ipProtocol" },
  );
  const named = peers.filter((peer) => isGiven(given, peer));
  if (named.length !== 1)
    problems.push({
      property: named[1] ?? "cidrIpv4",
      reason: `exactly one of ${peers.join(", ")} must be given, got ${named.length === 0 ? "none" : named.join(" and ")}`,
    });
  const protocol = knownText(given, "ipProtocol");
  if (protocol === undefined) return problems;
  for (const port of ["fromPort", "toPort"]) {
    if (normalProtocol(protocol) === "-1" && isGiven(given, port))
      problems.push({
        property: port,
        reason: "must not be given where ipProtocol is -1 (all ports of all protocols)",
      });
    if (["tcp", "udp", "icmp"].includes(normalProtocol(protocol)) && !isGiven(given, port))
      problems.push({ property: port, reason: `is required where ipProtocol is ${protocol}` });
  }
  return problems;
}

/** What makes two rules of one group the same to EC2: everything but description and tags. */
function essence(given: Bag): Bag {
  const { description: _description, tags: _tags, tagsAll: _tagsAll, region: _region, ...rest } = given;
  return { ...rest, ipProtocol: normalProtocol(knownText(given, "ipProtocol") ?? "") };
}

function ruleKind(type: string): Kind {
  return stateKind({
    type,
    inputs,
    refuse,
    identify: () => ec2Id("sgr"),
    replaceOn: ["securityGroupId"],
    admit(given, { id, cloud }) {
      requireSecurityGroup(cloud, given.securityGroupId);
      if (given.referencedSecurityGroupId) requireSecurityGroup(cloud, given.referencedSecurityGroupId);
      const twin = cloud
        .resources(type)
        .find((other) => other.id !== id && isDeepStrictEqual(essence(other.inputs), essence(given as Bag)));
      if (twin)
        throw new Refusal(
          "InvalidPermission.Duplicate",
          `the same rule exists already in ${given.securityGroupId} (${twin.id}); keep one of the two`,
        );
    },
    outputs: (given, { id, cloud }) => ({
      arn: arn(cloud, "ec2", `security-group-rule/${id}`, regionOf(given, cloud)),
      securityGroupRuleId: id,
    }),
  });
}

export const securityGroupIngressRule = ruleKind("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
export const securityGroupEgressRule = ruleKind("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
