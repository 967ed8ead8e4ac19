import { z } from "zod";
import { Refusal } from "../../../contract";
import { nameOrPrefix, regional } from "../common";
import { stateKind } from "../state-kind";
import { logGroupType } from "./log-group";

export const logMetricFilter = stateKind({
  type: "aws:cloudwatch/logMetricFilter:LogMetricFilter",
  inputs: z.strictObject({
    ...regional,
    name: z.string().regex(/^[^:*]{1,512}$/, "must not hold : or *, 512 characters at most"),
    logGroupName: z.string().min(1).max(512),
    pattern: z.string().max(1024),
    applyOnTransformedLogs: z.boolean().optional(),
    metricTransformation: z.strictObject({
      name: z.string().regex(/^[^:*$]{1,255}$/, "must not hold :, * or $"),
      namespace: z.string().regex(/^[^:*$]{1,255}$/, "must not hold :, * or $"),
      value: z.string().min(1).max(100),
      defaultValue: z.string().optional(),
      dimensions: z.record(z.string(), z.string()).optional(),
      unit: z.string().optional(),
    }),
  }),
  defaults: (given, naming) => nameOrPrefix(given, naming, "name", 512),
  refuse({ metricTransformation }) {
    const clash =
      metricTransformation !== null &&
      typeof metricTransformation === "object" &&
      "defaultValue" in metricTransformation &&
      "dimensions" in metricTransformation;
    return clash
      ? [{ property: "metricTransformation.defaultValue", reason: "cannot be given together with dimensions" }]
      : [];
  },
  identify: ({ name }) => name,
  replaceOn: ["name", "logGroupName"],
  admit({ logGroupName }, { cloud }) {
    if (!cloud.resource(logGroupType, logGroupName))
      throw new Refusal("ResourceNotFoundException", `the log group '${logGroupName}' does not exist; create it first`);
  },
  outputs: () => ({}),
  describe: async () => "recorded; no log lines are counted yet",
});
