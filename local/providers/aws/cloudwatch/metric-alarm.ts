import { arn, nameOrPrefix, regionOf } from "../common";
import { stateKind } from "../state-kind";
import { notEvaluated } from "./alarm-actions";
import { metricAlarmInputs } from "./metric-alarm-inputs";
import { metricAlarmProblems } from "./metric-alarm-rules";

export const metricAlarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

export const metricAlarm = stateKind({
  type: metricAlarmType,
  inputs: metricAlarmInputs,
  defaults: (given, naming) => ({
    ...nameOrPrefix(given, naming),
    actionsEnabled: true,
    treatMissingData: "missing",
  }),
  refuse: metricAlarmProblems,
  identify: ({ name }) => name,
  replaceOn: ["name"],
  outputs: (given, { id, cloud }) => ({
    arn: arn(cloud, "cloudwatch", `alarm:${id}`, regionOf(given, cloud)),
    evaluateLowSampleCountPercentiles: given.evaluateLowSampleCountPercentiles ?? "",
  }),
  describe: async () => notEvaluated,
});
