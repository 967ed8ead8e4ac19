import { randomUUID } from "node:crypto";
import { z } from "zod";
import { UNKNOWN, type Bag, type Problem } from "../../../contract";
import { knownText, regional } from "../common";
import { stateKind } from "../state-kind";
import { requireTopic } from "./topic";

/** What an endpoint of each protocol looks like. */
const endpoints: Readonly<Record<string, { shape: RegExp; noun: string }>> = {
  email: { shape: /^[^@\s]+@[^@\s]+$/, noun: "an e-mail address" },
  "email-json": { shape: /^[^@\s]+@[^@\s]+$/, noun: "an e-mail address" },
  http: { shape: /^http:\/\/\S+$/, noun: "an http:// URL" },
  https: { shape: /^https:\/\/\S+$/, noun: "an https:// URL" },
  sms: { shape: /^\+[1-9]\d{1,14}$/, noun: "a telephone number in E.164 form (+491701234567)" },
  sqs: { shape: /^arn:[^:]+:sqs:/, noun: "the ARN of a queue" },
  lambda: { shape: /^arn:[^:]+:lambda:/, noun: "the ARN of a function" },
  firehose: { shape: /^arn:[^:]+:firehose:/, noun: "the ARN of a delivery stream" },
  application: { shape: /^arn:[^:]+:sns:/, noun: "the ARN of a platform endpoint" },
};
const confirmedByHand = ["email", "email-json", "http", "https"];

const jsonText = z.string().refine(isJson, "must be JSON");

export const topicSubscription = stateKind({
  type: "aws:sns/topicSubscription:TopicSubscription",
  inputs: z.strictObject({
    ...regional,
    topic: z.string().startsWith("arn:", "must be the ARN of a topic"),
    protocol: z.enum(Object.keys(endpoints)),
    endpoint: z.string().min(1),
    confirmationTimeoutInMinutes: z.number().int().min(1),
    endpointAutoConfirms: z.boolean(),
    rawMessageDelivery: z.boolean(),
    filterPolicy: jsonText.optional(),
    filterPolicyScope: z.enum(["MessageAttributes", "MessageBody"]).optional(),
    deliveryPolicy: jsonText.optional(),
    redrivePolicy: jsonText.optional(),
    subscriptionRoleArn: z.string().startsWith("arn:").optional(),
  }),
  defaults: () => ({ confirmationTimeoutInMinutes: 1, endpointAutoConfirms: false, rawMessageDelivery: false }),
  refuse(given: Bag) {
    const problems: Problem[] = [];
    const protocol = knownText(given, "protocol");
    const expected = protocol === undefined ? undefined : endpoints[protocol];
    const endpoint = knownText(given, "endpoint");
    if (expected && endpoint !== undefined && !expected.shape.test(endpoint))
      problems.push({
        property: "endpoint",
        reason: `of protocol ${protocol} must be ${expected.noun}, got "${endpoint}"`,
      });
    if (protocol === "firehose" && given.subscriptionRoleArn === undefined)
      problems.push({ property: "subscriptionRoleArn", reason: "is required for the protocol firehose" });
    if (
      given.filterPolicyScope !== undefined &&
      given.filterPolicy === undefined &&
      given.filterPolicyScope !== UNKNOWN
    )
      problems.push({ property: "filterPolicyScope", reason: "needs a filterPolicy" });
    return problems;
  },
  identify: ({ topic }) => `${topic}:${randomUUID()}`,
  replaceOn: ["topic", "protocol", "endpoint"],
  admit: ({ topic }, { cloud }) => requireTopic(cloud, topic),
  outputs: ({ protocol, endpointAutoConfirms, filterPolicy, filterPolicyScope }, { id, cloud }) => ({
    arn: id,
    ownerId: cloud.accountId,
    confirmationWasAuthenticated: !confirmedByHand.includes(protocol),
    pendingConfirmation: confirmedByHand.includes(protocol) && !endpointAutoConfirms,
    filterPolicyScope: filterPolicyScope ?? (filterPolicy === undefined ? "" : "MessageAttributes"),
  }),
  describe: async ({ inputs }) => `${knownText(inputs, "protocol")}; nothing is delivered yet`,
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // the answer, not a failure
  }
}
