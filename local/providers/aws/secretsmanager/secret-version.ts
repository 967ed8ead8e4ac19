import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Bag, type Problem } from "../../../contract";
import { isGiven, knownText, regional } from "../common";
import { stateKind } from "../state-kind";
import { requireSecret } from "./secret";

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const maxSecretBytes = 65_536;

/** The value itself is kept where all inputs are: in the cloud's records, files of mode 0600. */
export const secretVersion = stateKind({
  type: "aws:secretsmanager/secretVersion:SecretVersion",
  inputs: z.strictObject({
    ...regional,
    secretId: z.string().min(1),
    secretString: z.string().optional(),
    secretBinary: z.base64("must be base64").optional(),
    versionStages: z.array(z.string().min(1).max(256)).max(20).optional(),
  }),
  refuse(given: Bag) {
    const problems: Problem[] = [];
    const values = ["secretString", "secretBinary"].filter((property) => isGiven(given, property));
    if (values.length !== 1)
      problems.push({ property: "secretString", reason: "exactly one of secretString and secretBinary must be given" });
    const bytes = Buffer.byteLength(knownText(given, "secretString") ?? knownText(given, "secretBinary") ?? "x");
    if (bytes === 0 || bytes > maxSecretBytes)
      problems.push({
        property: values[0] ?? "secretString",
        reason: `has 1 to ${maxSecretBytes} bytes, got ${bytes}`,
      });
    return problems;
  },
  identify: ({ secretId }, _naming, cloud) => `${requireSecret(cloud, secretId).id}|${randomUUID()}`,
  replaceOn: ["secretId", "secretString", "secretBinary"],
  admit: ({ secretId }, { cloud }) => void requireSecret(cloud, secretId),
  outputs({ versionStages }, { id }) {
    const [secretArn = "", versionId = ""] = id.split("|");
    const stages = versionStages ?? ["AWSCURRENT"];
    return { arn: secretArn, secretArn, versionId, versionStages: stages, hasSecretStringWo: false };
  },
});
