import type { Invoke, Kind } from "../../contract";
import { getCallerIdentity, getPartition, getRegion } from "./account";
import { compositeAlarm } from "./cloudwatch/composite-alarm";
import { dashboard } from "./cloudwatch/dashboard";
import { logGroup } from "./cloudwatch/log-group";
import { logMetricFilter } from "./cloudwatch/log-metric-filter";
import { metricAlarm } from "./cloudwatch/metric-alarm";
import { getAvailabilityZones, getSubnet, getSubnets, getVpc } from "./ec2/get-network";
import { securityGroup } from "./ec2/security-group";
import { securityGroupRule } from "./ec2/security-group-rule";
import { securityGroupEgressRule, securityGroupIngressRule } from "./ec2/vpc-security-group-rule";
import { getCluster, getClusterAuth } from "./eks/get-cluster";
import { podIdentityAssociation } from "./eks/pod-identity-association";
import { getPolicyDocument } from "./iam/get-policy-document";
import { policy } from "./iam/policy";
import { role } from "./iam/role";
import { rolePolicy, rolePolicyAttachment } from "./iam/role-policy";
import { kmsAlias } from "./kms/alias";
import { kmsKey } from "./kms/key";
import { bucket, bucketV2 } from "./s3/bucket";
import { bucketSettings } from "./s3/bucket-settings";
import { secret } from "./secretsmanager/secret";
import { secretPolicy } from "./secretsmanager/secret-policy";
import { secretVersion } from "./secretsmanager/secret-version";
import { topic } from "./sns/topic";
import { topicPolicy } from "./sns/topic-policy";
import { topicSubscription } from "./sns/topic-subscription";

/** The kinds of which the local cloud keeps the state and nothing runs. */
export const awsStateKinds: readonly Kind[] = [
  bucket,
  bucketV2,
  ...bucketSettings,
  compositeAlarm,
  dashboard,
  kmsAlias,
  kmsKey,
  logGroup,
  logMetricFilter,
  metricAlarm,
  podIdentityAssociation,
  policy,
  role,
  rolePolicy,
  rolePolicyAttachment,
  secret,
  secretPolicy,
  secretVersion,
  securityGroup,
  securityGroupEgressRule,
  securityGroupIngressRule,
  securityGroupRule,
  topic,
  topicPolicy,
  topicSubscription,
];

export const awsInvokes: readonly Invoke[] = [
  getAvailabilityZones,
  getCallerIdentity,
  getCluster,
  getClusterAuth,
  getPartition,
  getPolicyDocument,
  getRegion,
  getSubnet,
  getSubnets,
  getVpc,
];
