import { UNKNOWN, type Bag } from "../../../../../local/contract";
import { diff } from "../../../../../local/providers/diff";
import { existingSecurityGroup } from "../../../../../local/providers/aws/ec2/known-groups";
import { securityGroup } from "../../../../../local/providers/aws/ec2/security-group";
import { securityGroupRule } from "../../../../../local/providers/aws/ec2/security-group-rule";
import {
  securityGroupEgressRule,
  securityGroupIngressRule,
} from "../../../../../local/providers/aws/ec2/vpc-security-group-rule";
import { checkInputs, createResource, deleteResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

const group = (name: string, more: Bag = {}) =>
  createResource(cloud, securityGroup, { name, vpcId: "vpc-0abc", ...more }, { name });

test("a group has EC2's identifier and ARN, the region, the owner and all tags", async () => {
  const { id, outputs } = await group("db", { tags: { app: "clinic" }, tagsAll: { app: "clinic", team: "data" } });
  expect(id).toMatch(/^sg-[0-9a-f]{17}$/);
  expect(outputs).toMatchObject({
    arn: `arn:aws:ec2:eu-central-1:${cloud.accountId}:security-group/${id}`,
    description: "Managed by Pulumi",
    ownerId: cloud.accountId,
    region: "eu-central-1",
    vpcId: "vpc-0abc",
    tagsAll: { app: "clinic", team: "data" },
  });
});

test("a second group of the same name in the same VPC is refused, in another VPC it is not", async () => {
  await group("db");
  await expect(
    createResource(cloud, securityGroup, { name: "db", vpcId: "vpc-0abc" }, { name: "again" }),
  ).rejects.toThrow(/InvalidGroup.Duplicate.*'db' already exists for VPC 'vpc-0abc'/);
  await expect(
    createResource(cloud, securityGroup, { name: "db", vpcId: "vpc-0def" }, { name: "other" }),
  ).resolves.toBeDefined();
});

test("a group that something uses cannot be deleted; its own rules do not count", async () => {
  const pooler = await group("pooler");
  const db = await group("db");
  const rule = {
    securityGroupId: db.id,
    ipProtocol: "tcp",
    fromPort: 5432,
    toPort: 5432,
    referencedSecurityGroupId: pooler.id,
  };
  const held = await createResource(cloud, securityGroupIngressRule, rule);
  await expect(deleteResource(cloud, securityGroup, pooler)).rejects.toThrow(
    `DependencyViolation: resource ${pooler.id} has dependent objects`,
  );
  const user = {
    type: "aws:rds/instance:Instance",
    id: "db-1",
    urn: "u",
    phase: "ready" as const,
    outputs: {},
    createdAt: "",
  };
  cloud.hold({ ...user, inputs: { vpcSecurityGroupIds: [db.id] } });
  await expect(deleteResource(cloud, securityGroup, db)).rejects.toThrow("aws:rds/instance:Instance db-1");
  cloud.forget("aws:rds/instance:Instance", "db-1");
  await deleteResource(cloud, securityGroup, db);
  await deleteResource(cloud, securityGroupIngressRule, held);
  await deleteResource(cloud, securityGroup, pooler);
});

test.each(["name", "description", "vpcId", "region"])("a change of %s replaces a group", (property) => {
  const olds = { name: "a", description: "b", vpcId: "vpc-1", revokeRulesOnDelete: false };
  expect(diff(securityGroup, olds, { ...olds, [property]: "x" }, cloud).changes).toEqual([
    { path: property, replace: true },
  ]);
});

test("tags and inline rules change in place", () => {
  const olds = { name: "a", description: "b", revokeRulesOnDelete: false };
  const { changes } = diff(securityGroup, olds, { ...olds, tags: { a: "b" }, ingress: [] }, cloud);
  expect(changes.map(({ path, replace }) => `${path} ${replace}`)).toEqual(["ingress false", "tags false"]);
});

test.each<[Bag, string]>([
  [{ name: "sg-mine" }, 'name: must not begin with "sg-"'],
  [{ description: "" }, 'description: cannot be ""'],
  [{ ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432 }] }, "ingress[0]: needs a source"],
  [
    { ingress: [{ protocol: "tcp", fromPort: 5433, toPort: 5432, self: true }] },
    "ingress[0].toPort: must not be below fromPort",
  ],
  [
    { egress: [{ protocol: "-1", fromPort: 1, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }] },
    "egress[0].fromPort: fromPort and toPort must be 0",
  ],
  [{ egress: [{ protocol: "tcp", fromPort: 1, toPort: 2, cidrBlocks: ["10.0.0.1/8"] }] }, "must have no host bits set"],
])("a group with %j is refused", (inputs, message) => {
  expect(() => checkInputs(cloud, securityGroup, inputs)).toThrow(message);
});

test("a rule names exactly one peer and the ports its protocol needs", () => {
  const rule = { securityGroupId: "sg-1", ipProtocol: "tcp", fromPort: 6379, toPort: 6379 };
  expect(() => checkInputs(cloud, securityGroupIngressRule, rule)).toThrow("exactly one of cidrIpv4");
  expect(() =>
    checkInputs(cloud, securityGroupIngressRule, { ...rule, cidrIpv4: "10.0.0.0/8", cidrIpv6: "::/0" }),
  ).toThrow("got cidrIpv4 and cidrIpv6");
  expect(() =>
    checkInputs(cloud, securityGroupEgressRule, { securityGroupId: "sg-1", ipProtocol: "tcp", cidrIpv4: "10.0.0.0/8" }),
  ).toThrow("fromPort: is required where ipProtocol is tcp");
  expect(() =>
    checkInputs(cloud, securityGroupEgressRule, { ...rule, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }),
  ).toThrow("fromPort: must not be given where ipProtocol is -1");
  expect(checkInputs(cloud, securityGroupIngressRule, { ...rule, referencedSecurityGroupId: UNKNOWN })).toBeDefined();
});

test("a rule for a group that does not exist is refused, for a cluster's own group it is not", async () => {
  const rule = { ipProtocol: "tcp", fromPort: 5432, toPort: 5432, cidrIpv4: "10.0.0.0/8" };
  await expect(
    createResource(cloud, securityGroupIngressRule, { ...rule, securityGroupId: "sg-0404" }),
  ).rejects.toThrow("InvalidGroup.NotFound: the security group 'sg-0404' does not exist");
  const created = await createResource(cloud, securityGroupIngressRule, {
    ...rule,
    securityGroupId: existingSecurityGroup(cloud, "eks/clinic"),
  });
  expect(created.outputs.securityGroupRuleId).toMatch(/^sgr-[0-9a-f]{17}$/);
});

test("the same rule twice is refused even if one names the protocol by number", async () => {
  const { id } = await group("db");
  const rule = { securityGroupId: id, ipProtocol: "tcp", fromPort: 5432, toPort: 5432, cidrIpv4: "10.0.0.0/8" };
  await createResource(cloud, securityGroupIngressRule, rule, { name: "first" });
  await expect(
    createResource(
      cloud,
      securityGroupIngressRule,
      { ...rule, ipProtocol: "6", description: "again" },
      { name: "second" },
    ),
  ).rejects.toThrow("InvalidPermission.Duplicate");
});

test("of the older rule kind everything but the description replaces", () => {
  const olds = checkInputs(cloud, securityGroupRule, {
    type: "ingress",
    securityGroupId: "sg-1",
    protocol: "tcp",
    fromPort: 1,
    toPort: 1,
    cidrBlocks: ["10.0.0.0/8"],
  });
  const { changes } = diff(securityGroupRule, olds, { ...olds, toPort: 2, description: "x" }, cloud);
  expect(changes.map(({ path, replace }) => `${path} ${replace}`)).toEqual(["description false", "toPort true"]);
  expect(() => checkInputs(cloud, securityGroupRule, { ...olds, self: true })).toThrow(
    "self: cannot be given together with cidrBlocks",
  );
});
