import { z } from "zod";
import { regional } from "../common";
import { policyDocument } from "../policy-document";
import { stateKind } from "../state-kind";
import { requireSecret } from "./secret";

export const secretPolicy = stateKind({
  type: "aws:secretsmanager/secretPolicy:SecretPolicy",
  inputs: z.strictObject({
    ...regional,
    secretArn: z.string().startsWith("arn:", "must be the ARN of a secret"),
    policy: policyDocument("resource", 20_480),
    blockPublicPolicy: z.boolean().optional(),
  }),
  identify: ({ secretArn }) => secretArn,
  replaceOn: ["secretArn"],
  admit: ({ secretArn }, { cloud }) => void requireSecret(cloud, secretArn),
  outputs: () => ({}),
});
