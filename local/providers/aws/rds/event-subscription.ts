import { z } from "zod";
import { Refusal } from "../../../contract";
import { arn, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";

const type = "aws:rds/eventSubscription:EventSubscription";
const topicType = "aws:sns/topic:Topic";
const instanceType = "aws:rds/instance:Instance";

/** Source types of CreateEventSubscription (RDS API reference). */
const sourceTypes = [
  "db-instance",
  "db-cluster",
  "db-parameter-group",
  "db-security-group",
  "db-snapshot",
  "db-cluster-snapshot",
  "db-proxy",
  "custom-engine-version",
  "blue-green-deployment",
] as const;

export const eventSubscription = stateKind({
  type,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    name: z
      .string()
      .max(255)
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "must begin with a letter and hold letters, digits and hyphens"),
    snsTopic: z.string().startsWith("arn:", "must be the ARN of an SNS topic"),
    sourceType: z.enum(sourceTypes).optional(),
    sourceIds: z.array(z.string()).optional(),
    eventCategories: z.array(z.string()).optional(),
    enabled: z.boolean().optional(),
  }),
  defaults: (inputs, naming) => ({ name: inputs.name ?? naming.auto("name"), enabled: true }),
  identify: ({ name }) => name,
  replaceOn: ["name"],
  refuse: ({ sourceIds, sourceType }) =>
    sourceIds !== undefined && sourceType === undefined
      ? [{ property: "sourceType", reason: "must be given when sourceIds is" }]
      : [],
  admit({ snsTopic, sourceIds, sourceType }, { cloud }) {
    if (!cloud.resource(topicType, snsTopic))
      throw new Refusal("SNSTopicArnNotFound", `the topic ${snsTopic} does not exist`);
    if (sourceType !== "db-instance") return;
    const known = new Set(cloud.resources(instanceType).map(({ inputs }) => inputs.identifier));
    const unknown = sourceIds?.find((id) => !known.has(id));
    if (unknown !== undefined) throw new Refusal("SourceNotFound", `the instance ${unknown} does not exist`);
  },
  outputs: (given, { id, cloud }) => ({
    arn: arn(cloud, "rds", `es:${id}`, regionOf(given, cloud)),
    customerAwsId: cloud.accountId,
  }),
  describe: async () => "recorded; no events are sent yet",
});
