import { createHash } from "node:crypto";
import { z } from "zod";
import type { Cloud, Invoke } from "../../../contract";
import { arn, regional, regionOf } from "../common";
import { existingSecurityGroup } from "../ec2/known-groups";
import { subnetsOf, vpcOf } from "../ec2/network";

const args = z.strictObject({
  ...regional,
  name: z.string().min(1).max(100),
  tags: z.record(z.string(), z.string()).optional(),
});

/** Hexadecimal digits that belong to this cluster of this account for ever. */
function digits(cloud: Cloud, name: string, length: number): string {
  return createHash("sha256").update(`${cloud.accountId}/eks/${name}`).digest("hex").slice(0, length).toUpperCase();
}

/** The cluster that the program's configuration names: the local cloud's Kubernetes, described as an active EKS cluster. */
export const getCluster: Invoke = {
  token: "aws:eks/getCluster:getCluster",
  args,
  answer(given, cloud) {
    const { name, region: asked, tags = {} } = args.parse(given);
    const region = regionOf({ region: asked }, cloud);
    const id = digits(cloud, name, 32);
    const vpc = vpcOf(cloud);
    return {
      id: name,
      name,
      region,
      arn: arn(cloud, "eks", `cluster/${name}`, region),
      status: "ACTIVE",
      version: "1.33",
      platformVersion: "eks.1",
      createdAt: "2026-01-01T00:00:00Z",
      clusterId: "",
      deletionProtection: false,
      endpoint: `https://${id}.gr7.${region}.eks.amazonaws.com`,
      certificateAuthorities: [{ data: Buffer.from(cloud.authority.certificatePem).toString("base64") }],
      roleArn: arn(cloud, "iam", `role/${name}-cluster`, ""),
      accessConfigs: [{ authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true }],
      computeConfigs: [],
      controlPlaneScalingConfigs: [],
      enabledClusterLogTypes: ["api", "audit", "authenticator"],
      identities: [{ oidcs: [{ issuer: `https://oidc.eks.${region}.amazonaws.com/id/${id}` }] }],
      kubeApiServerConfigs: [],
      kubeControllerManagerConfigs: [],
      kubeSchedulerConfigs: [],
      kubernetesNetworkConfigs: [
        {
          ipFamily: "ipv4",
          serviceIpv4Cidr: "172.20.0.0/16",
          serviceIpv6Cidr: "",
          elasticLoadBalancings: [{ enabled: false }],
        },
      ],
      outpostConfigs: [],
      remoteNetworkConfigs: [],
      storageConfigs: [],
      tags,
      upgradePolicies: [{ supportType: "STANDARD" }],
      vpcConfig: {
        clusterSecurityGroupId: existingSecurityGroup(cloud, `eks/${name}`),
        controlPlaneEgressMode: "",
        endpointPrivateAccess: true,
        endpointPublicAccess: false,
        publicAccessCidrs: [],
        securityGroupIds: [],
        subnetIds: subnetsOf(cloud, vpc.id).map((subnet) => subnet.id),
        vpcId: vpc.id,
      },
      zonalShiftConfigs: [{ enabled: false }],
    };
  },
};

const authArgs = z.strictObject({ ...regional, name: z.string().min(1) });

export const getClusterAuth: Invoke = {
  token: "aws:eks/getClusterAuth:getClusterAuth",
  args: authArgs,
  answer(given, cloud) {
    const { name, region } = authArgs.parse(given);
    // The shape of a real token (a presigned STS call); the local Kubernetes does not look at it.
    const call = `https://sts.${regionOf({ region }, cloud)}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15`;
    const token = `k8s-aws-v1.${Buffer.from(call).toString("base64url")}`;
    return { id: name, name, region: regionOf({ region }, cloud), token };
  },
};
