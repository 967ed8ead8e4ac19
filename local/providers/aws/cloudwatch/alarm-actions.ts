import { z } from "zod";

/** Five of each at most, https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const actions = z
  .array(z.string().startsWith("arn:", "an action is an ARN (of an SNS topic, for example)"))
  .max(5, "has at most 5 actions")
  .optional();

/** What metric alarms and composite alarms have in common. */
export const alarmActions = {
  actionsEnabled: z.boolean(),
  alarmActions: actions,
  okActions: actions,
  insufficientDataActions: actions,
  alarmDescription: z.string().max(1024).optional(),
};

export const alarmName = z
  .string()
  .min(1)
  .max(255, "has at most 255 characters")
  .regex(/^[^\p{Cc}]+$/u, "must not hold control characters");

/** `describe` of every alarm until the local cloud evaluates them. */
export const notEvaluated = "not evaluated yet";
