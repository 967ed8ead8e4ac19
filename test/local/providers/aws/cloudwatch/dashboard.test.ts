import { dashboard } from "../../../../../local/providers/aws/cloudwatch/dashboard";
import { logGroup } from "../../../../../local/providers/aws/cloudwatch/log-group";
import { logMetricFilter } from "../../../../../local/providers/aws/cloudwatch/log-metric-filter";
import { checkInputs, createResource, deleteResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

const body = (...widgets: object[]) => ({ dashboardName: "clinic", dashboardBody: JSON.stringify({ widgets }) });

test("a dashboard's body is read and each widget must have what its type needs", async () => {
  const metrics = {
    type: "metric",
    x: 0,
    y: 0,
    width: 12,
    height: 6,
    properties: { metrics: [["AWS/RDS", "CPUUtilization"]] },
  };
  const held = await createResource(
    cloud,
    dashboard,
    body(metrics, { type: "text", properties: { markdown: "# Clinic" } }),
  );
  expect(held.outputs.dashboardArn).toBe(`arn:aws:cloudwatch::${cloud.accountId}:dashboard/clinic`);
  expect(() => checkInputs(cloud, dashboard, { dashboardName: "clinic", dashboardBody: "{" })).toThrow("is not JSON");
  expect(() => checkInputs(cloud, dashboard, body({ ...metrics, width: 25 }))).toThrow("widgets.0.width");
  expect(() => checkInputs(cloud, dashboard, body({ type: "metric", properties: {} }))).toThrow(
    "widgets.0.properties.metrics: a metric widget must have it",
  );
  expect(() => checkInputs(cloud, dashboard, { ...body(), dashboardName: "a b" })).toThrow("dashboardName");
});

test("a log group takes only CloudWatch's retentions and an existing key", async () => {
  expect(() => checkInputs(cloud, logGroup, { name: "/a", retentionInDays: 45 })).toThrow(
    "retentionInDays: must be one of 0, 1, 3",
  );
  const kmsKeyId = "arn:aws:kms:eu-central-1:1:key/nothing";
  await expect(createResource(cloud, logGroup, { name: "/a", kmsKeyId })).rejects.toThrow("NotFoundException");
  expect((await createResource(cloud, logGroup, { name: "/a", retentionInDays: 30 })).outputs.arn).toBe(
    `arn:aws:logs:eu-central-1:${cloud.accountId}:log-group:/a`,
  );
});

test("a protected log group is not deleted", async () => {
  const held = await createResource(cloud, logGroup, { name: "/a", deletionProtectionEnabled: true });
  await expect(deleteResource(cloud, logGroup, held)).rejects.toThrow("deletion protection");
});

test("a metric filter needs its log group", async () => {
  const filter = {
    name: "slow",
    logGroupName: "/a",
    pattern: "duration",
    metricTransformation: { name: "Slow", namespace: "Clinic", value: "1" },
  };
  await expect(createResource(cloud, logMetricFilter, filter)).rejects.toThrow("the log group '/a' does not exist");
  await createResource(cloud, logGroup, { name: "/a" });
  await expect(createResource(cloud, logMetricFilter, filter)).resolves.toBeDefined();
});
