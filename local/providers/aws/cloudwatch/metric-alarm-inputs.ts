import { z } from "zod";
import { regional, tagged } from "../common";
import { alarmActions, alarmName } from "./alarm-actions";

/** Seconds: 10, 20, 30 (high resolution) or whole minutes. */
const period = z
  .number()
  .int()
  .refine((seconds) => [10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0), {
    message: "must be 10, 20, 30 or a multiple of 60 seconds",
  });

const statistic = z.enum(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]);

/** p0.0 to p100 and the trimmed kinds, https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
const extended = /^(p\d{1,2}(\.\d{1,10})?|p100|(tm|wm|tc|ts)\d{1,2}(\.\d{1,10})?|IQM|(TM|WM|TC|TS|PR)\([^)]*\))$/;

const dimensions = z
  .record(z.string().min(1).max(255), z.string().min(1, "a dimension must have a value").max(1024))
  .refine((all) => Object.keys(all).length <= 30, "has at most 30 dimensions")
  .optional();

const metric = z.strictObject({
  namespace: z.string().min(1).max(255).optional(),
  metricName: z.string().min(1).max(255),
  dimensions,
  period,
  stat: z.union([statistic, z.string().regex(extended, "must be a statistic such as Average or p99")]),
  unit: z.string().optional(),
});

export const metricQuery = z.strictObject({
  id: z.string().regex(/^[a-z][A-Za-z0-9_]{0,254}$/, "must begin with a small letter; letters, digits and _ follow"),
  accountId: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  expression: z.string().min(1).max(2048).optional(),
  label: z.string().optional(),
  period: period.optional(),
  returnData: z.boolean().optional(),
  metric: metric.optional(),
});

export const metricAlarmInputs = z.strictObject({
  ...regional,
  ...tagged,
  ...alarmActions,
  name: alarmName,
  comparisonOperator: z.enum([
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "GreaterThanUpperThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanThreshold",
  ]),
  evaluationPeriods: z.number().int().min(1),
  datapointsToAlarm: z.number().int().min(1).optional(),
  threshold: z.number().optional(),
  thresholdMetricId: z.string().optional(),
  treatMissingData: z.enum(["breaching", "notBreaching", "ignore", "missing"]),
  evaluateLowSampleCountPercentiles: z.enum(["evaluate", "ignore"]).optional(),
  namespace: z.string().min(1).max(255).optional(),
  metricName: z.string().min(1).max(255).optional(),
  dimensions,
  period: period.optional(),
  statistic: statistic.optional(),
  extendedStatistic: z.string().regex(extended, "must be a percentile such as p99 or p95.5").optional(),
  unit: z.string().optional(),
  metricQueries: z.array(metricQuery).max(20).optional(),
});
