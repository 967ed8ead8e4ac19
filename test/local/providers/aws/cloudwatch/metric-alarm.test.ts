import { UNKNOWN, type Bag } from "../../../../../local/contract";
import { compositeAlarm } from "../../../../../local/providers/aws/cloudwatch/composite-alarm";
import { metricAlarm } from "../../../../../local/providers/aws/cloudwatch/metric-alarm";
import { diff } from "../../../../../local/providers/diff";
import { checkInputs, createResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

const alarm: Bag = {
  name: "cpu",
  comparisonOperator: "GreaterThanThreshold",
  evaluationPeriods: 3,
  threshold: 80,
  namespace: "AWS/RDS",
  metricName: "CPUUtilization",
  period: 60,
  statistic: "Average",
};
const { namespace: _n, metricName: _m, period: _p, statistic: _s, ...bare } = alarm;
const query = (id: string, more: Bag) => ({ id, ...more });
const metric = { namespace: "AWS/RDS", metricName: "CPUUtilization", period: 60, stat: "p99" };

test("an alarm is named by its name, says that nobody evaluates it yet, and changes in place but for the name", async () => {
  const held = await createResource(cloud, metricAlarm, alarm);
  expect(held.id).toBe("cpu");
  expect(held.outputs).toMatchObject({
    arn: `arn:aws:cloudwatch:eu-central-1:${cloud.accountId}:alarm:cpu`,
    treatMissingData: "missing",
    actionsEnabled: true,
  });
  expect(await metricAlarm.describe?.(held, cloud)).toBe("not evaluated yet");
  const { changes } = diff(metricAlarm, held.inputs, { ...held.inputs, name: "b", threshold: 90 }, cloud);
  expect(changes).toEqual([
    { path: "name", replace: true },
    { path: "threshold", replace: false },
  ]);
});

test("an alarm on an expression is taken", () => {
  const metricQueries = [
    query("m1", { metric }),
    query("m2", { metric }),
    query("e1", { expression: "IF(m2 > 0, 100 * m1 / m2, 0)", label: "ratio", returnData: true }),
  ];
  expect(checkInputs(cloud, metricAlarm, { ...bare, metricQueries })).toBeDefined();
  expect(metricAlarm.refuse?.({ ...bare, metricQueries: UNKNOWN }, { cloud })).toEqual([]);
});

test.each<[Bag, string]>([
  [{ ...alarm, datapointsToAlarm: 4 }, "datapointsToAlarm: must not exceed evaluationPeriods (3), got 4"],
  [{ ...alarm, period: 45 }, "period: must be 10, 20, 30 or a multiple of 60 seconds"],
  [
    { ...alarm, period: 300, evaluationPeriods: 289 },
    "evaluationPeriods: period × evaluationPeriods must not exceed 86400 seconds",
  ],
  [{ ...alarm, extendedStatistic: "p99" }, "statistic: exactly one of statistic and extendedStatistic"],
  [{ ...alarm, statistic: "Median" }, "statistic: Invalid option"],
  [{ ...alarm, threshold: null }, "threshold: is required where comparisonOperator is GreaterThanThreshold"],
  [{ ...alarm, treatMissingData: "never" }, "treatMissingData: Invalid option"],
  [{ ...alarm, alarmActions: ["oncall"] }, "an action is an ARN"],
  [bare, "metricName: one of metricName and metricQueries must be given"],
  [
    { ...alarm, metricQueries: [query("m1", { metric, returnData: true })] },
    "metricName: cannot be given together with metricQueries",
  ],
  [{ ...bare, metricQueries: [query("m1", { metric })] }, "exactly one query must have returnData: true, got 0"],
  [
    { ...bare, metricQueries: [query("e1", { expression: "m1 + 1", returnData: true })] },
    'refers to "m1", but no query has that id',
  ],
  [
    { ...bare, metricQueries: [query("m1", { metric, expression: "1", returnData: true })] },
    "exactly one of expression and metric",
  ],
])("the alarm %j is refused", (inputs, message) => {
  expect(() => checkInputs(cloud, metricAlarm, inputs)).toThrow(message);
});

test("a composite alarm must be a sentence about alarms that exist", async () => {
  await createResource(cloud, metricAlarm, alarm);
  const rule = (alarmRule: string) => ({ alarmName: "tier", alarmRule });
  await expect(createResource(cloud, compositeAlarm, rule('ALARM("cpu") AND NOT OK(cpu)'))).resolves.toBeDefined();
  await expect(createResource(cloud, compositeAlarm, rule("ALARM(disk)"))).rejects.toThrow(
    "the alarm 'disk', which does not exist",
  );
  expect(() => checkInputs(cloud, compositeAlarm, rule("ALARM(cpu) XOR OK(cpu)"))).toThrow('"XOR" is neither');
  expect(() => checkInputs(cloud, compositeAlarm, rule("(ALARM(cpu)"))).toThrow("parentheses do not match");
});
