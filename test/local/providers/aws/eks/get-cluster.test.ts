import { getCallerIdentity, getPartition, getRegion } from "../../../../../local/providers/aws/account";
import {
  getAvailabilityZones,
  getSubnet,
  getSubnets,
  getVpc,
} from "../../../../../local/providers/aws/ec2/get-network";
import { requireSecurityGroup } from "../../../../../local/providers/aws/ec2/known-groups";
import { getCluster, getClusterAuth } from "../../../../../local/providers/aws/eks/get-cluster";
import { podIdentityAssociation } from "../../../../../local/providers/aws/eks/pod-identity-association";
import { role } from "../../../../../local/providers/aws/iam/role";
import { createResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeAll(async () => void (cloud = await TestCloud.open()));
afterAll(() => cloud.close());

test("the cluster is active, the same at every call, and its security group may be referred to", async () => {
  const cluster = await getCluster.answer({ name: "clinic" }, cloud);
  expect(cluster).toMatchObject({
    status: "ACTIVE",
    arn: `arn:aws:eks:eu-central-1:${cloud.accountId}:cluster/clinic`,
  });
  expect(await getCluster.answer({ name: "clinic" }, cloud)).toEqual(cluster);
  const { certificateAuthorities, vpcConfig } = cluster as {
    certificateAuthorities: { data: string }[];
    vpcConfig: { clusterSecurityGroupId: string; vpcId: string; subnetIds: string[] };
  };
  expect(Buffer.from(certificateAuthorities[0]?.data ?? "", "base64").toString()).toBe(cloud.authority.certificatePem);
  expect(() => requireSecurityGroup(cloud, vpcConfig.clusterSecurityGroupId)).not.toThrow();
  const vpc = await getVpc.answer({ id: vpcConfig.vpcId }, cloud);
  const subnets = await getSubnets.answer({ filters: [{ name: "vpc-id", values: [vpc.id as string] }] }, cloud);
  expect(subnets.ids).toEqual(vpcConfig.subnetIds);
  const [first = ""] = vpcConfig.subnetIds;
  expect(await getSubnet.answer({ id: first }, cloud)).toMatchObject({
    id: first,
    vpcId: vpc.id,
    availabilityZone: "eu-central-1a",
  });
  expect((await getClusterAuth.answer({ name: "clinic" }, cloud)).token).toMatch(/^k8s-aws-v1\./);
});

test("the account, the region, its partition and zones are told", async () => {
  expect(await getCallerIdentity.answer({}, cloud)).toMatchObject({ accountId: cloud.accountId });
  expect(await getRegion.answer({}, cloud)).toMatchObject({ name: "eu-central-1", region: "eu-central-1" });
  expect(await getPartition.answer({}, cloud)).toMatchObject({ partition: "aws", dnsSuffix: "amazonaws.com" });
  expect(await getAvailabilityZones.answer({ state: "available", excludeZoneIds: ["euc1-az2"] }, cloud)).toMatchObject({
    names: ["eu-central-1a", "eu-central-1c"],
  });
});

test("a service account has one association with a role that exists", async () => {
  const principal = { Service: "pods.eks.amazonaws.com" };
  const statement = { Effect: "Allow", Principal: principal, Action: ["sts:AssumeRole", "sts:TagSession"] };
  const association = (roleArn: string) => ({
    clusterName: "clinic",
    namespace: "data",
    serviceAccount: "collector",
    roleArn,
  });
  const missing = "arn:aws:iam::123456789012:role/nobody";
  const orphan = { ...association(missing), serviceAccount: "orphan" };
  await expect(createResource(cloud, podIdentityAssociation, orphan)).rejects.toThrow("NoSuchEntity");
  const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const { outputs } = await createResource(cloud, role, { name: "collector", assumeRolePolicy });
  const held = await createResource(cloud, podIdentityAssociation, association(outputs.arn as string));
  expect(held.outputs.associationId).toBe(held.id);
  await expect(createResource(cloud, podIdentityAssociation, association(outputs.arn as string))).rejects.toThrow(
    "ResourceInUseException",
  );
});
