import { z } from "zod";
import { Refusal, type Cloud } from "../../../contract";
import { arn, knownText, nameOrPrefix, regional, regionOf, tagged } from "../common";
import { requireKey } from "../kms/keys";
import { policyDocument } from "../policy-document";
import { stateKind } from "../state-kind";

export const topicType = "aws:sns/topic:Topic";

/** @throws Refusal NotFound when the account has no topic of this ARN. */
export function requireTopic(cloud: Cloud, topicArn: string): void {
  if (!cloud.resource(topicType, topicArn))
    throw new Refusal("NotFound", `the topic '${topicArn}' does not exist; create it or correct the ARN`);
}

export const topic = stateKind({
  type: topicType,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    name: z
      .string()
      .max(256)
      .regex(/^[A-Za-z0-9_-]+(\.fifo)?$/, "may hold letters, digits, _ and - only (and end in .fifo for a FIFO topic)"),
    namePrefix: z.string().optional(),
    displayName: z.string().max(100, "has at most 100 characters").optional(),
    kmsMasterKeyId: z.string().optional(),
    policy: policyDocument("resource", 30_720).optional(),
    deliveryPolicy: z.string().optional(),
    fifoTopic: z.boolean(),
    contentBasedDeduplication: z.boolean(),
    signatureVersion: z.union([z.literal(1), z.literal(2)]).optional(),
    tracingConfig: z.enum(["Active", "PassThrough"]).optional(),
  }),
  defaults(given, naming) {
    const named = nameOrPrefix(given, naming, "name", given.fifoTopic === true ? 251 : 256);
    const automatic = typeof named.name === "string" && given.fifoTopic === true ? named.name : undefined;
    return {
      ...(automatic === undefined ? named : { name: `${automatic.replace(/\.fifo$/, "")}.fifo` }),
      fifoTopic: false,
      contentBasedDeduplication: false,
    };
  },
  refuse(given) {
    const name = knownText(given, "name");
    if (name === undefined || typeof given.fifoTopic !== "boolean" || name.endsWith(".fifo") === given.fifoTopic)
      return [];
    return [
      {
        property: "name",
        reason: given.fifoTopic ? "of a FIFO topic must end in .fifo" : "ends in .fifo, but fifoTopic is not true",
      },
    ];
  },
  identify: (given, _naming, cloud) => arn(cloud, "sns", given.name, regionOf(given, cloud)),
  replaceOn: ["name", "namePrefix", "fifoTopic"],
  admit: ({ kmsMasterKeyId }, { cloud }) => void (kmsMasterKeyId && requireKey(cloud, kmsMasterKeyId)),
  outputs: ({ policy }, { id, cloud }) => ({
    arn: id,
    owner: cloud.accountId,
    policy: policy ?? ownerPolicy(id, cloud.accountId),
    beginningArchiveTime: "",
  }),
});

/** The policy SNS gives a topic that has none: its own account may do everything with it. */
function ownerPolicy(topicArn: string, accountId: string): string {
  const verbs = ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"];
  const Action = [...verbs, "Subscribe", "ListSubscriptionsByTopic", "Publish"].map((verb) => `SNS:${verb}`);
  const Condition = { StringEquals: { "AWS:SourceOwner": accountId } };
  const statement = {
    Sid: "__default_statement_ID",
    Effect: "Allow",
    Principal: { AWS: "*" },
    Action,
    Resource: topicArn,
    Condition,
  };
  return JSON.stringify({ Version: "2008-10-17", Id: "__default_policy_ID", Statement: [statement] });
}
