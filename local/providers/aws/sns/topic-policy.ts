import { z } from "zod";
import { regional } from "../common";
import { policyDocument } from "../policy-document";
import { stateKind } from "../state-kind";
import { requireTopic } from "./topic";

export const topicPolicy = stateKind({
  type: "aws:sns/topicPolicy:TopicPolicy",
  inputs: z.strictObject({
    ...regional,
    arn: z.string().startsWith("arn:", "must be the ARN of a topic"),
    policy: policyDocument("resource", 30_720),
  }),
  identify: ({ arn }) => arn,
  replaceOn: ["arn"],
  admit: ({ arn }, { cloud }) => requireTopic(cloud, arn),
  outputs: (_given, { cloud }) => ({ owner: cloud.accountId }),
});
