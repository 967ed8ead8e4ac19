import { z } from "zod";
import { Refusal } from "../../../contract";
import { arn, nameOrPrefix, regional, regionOf, tagged } from "../common";
import { requireKey } from "../kms/keys";
import { stateKind } from "../state-kind";

export const logGroupType = "aws:cloudwatch/logGroup:LogGroup";

/** Days that PutRetentionPolicy takes; 0 is "never expires". */
const retentionDays = [
  ...[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

export const logGroup = stateKind({
  type: logGroupType,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    name: z.string().regex(/^[A-Za-z0-9._/#-]{1,512}$/, "may hold letters, digits and ._/#- only, 512 at most"),
    namePrefix: z.string().optional(),
    retentionInDays: z
      .number()
      .refine((days) => retentionDays.includes(days), `must be one of ${retentionDays.join(", ")}`),
    kmsKeyId: z.string().startsWith("arn:", "must be the ARN of a KMS key").optional(),
    logGroupClass: z.enum(["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]).optional(),
    deletionProtectionEnabled: z.boolean().optional(),
    skipDestroy: z.boolean(),
  }),
  defaults: (given, naming) => ({
    ...nameOrPrefix(given, naming, "name", 512),
    retentionInDays: 0,
    skipDestroy: false,
  }),
  identify: ({ name }) => name,
  replaceOn: ["name", "namePrefix", "logGroupClass"],
  admit: ({ kmsKeyId }, { cloud }) => void (kmsKeyId && requireKey(cloud, kmsKeyId)),
  outputs: (given, { id, cloud }) => ({
    arn: arn(cloud, "logs", `log-group:${id}`, regionOf(given, cloud)),
    logGroupClass: given.logGroupClass ?? "STANDARD",
    deletionProtectionEnabled: given.deletionProtectionEnabled ?? false,
  }),
  dismiss({ id, inputs }) {
    if (inputs.deletionProtectionEnabled === true)
      throw new Refusal(
        "OperationAbortedException",
        `the log group '${id}' has deletion protection; set deletionProtectionEnabled to false and update first`,
      );
  },
});
