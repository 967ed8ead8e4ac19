import { topic } from "../../../../../local/providers/aws/sns/topic";
import { topicPolicy } from "../../../../../local/providers/aws/sns/topic-policy";
import { topicSubscription } from "../../../../../local/providers/aws/sns/topic-subscription";
import { checkInputs, createResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

test("a topic is its ARN and has a policy from the start", async () => {
  const held = await createResource(cloud, topic, {
    name: "alarms",
    displayName: "Clinic alarms",
    kmsMasterKeyId: "alias/aws/sns",
  });
  expect(held.id).toBe(`arn:aws:sns:eu-central-1:${cloud.accountId}:alarms`);
  expect(held.outputs).toMatchObject({ arn: held.id, owner: cloud.accountId, fifoTopic: false });
  expect(JSON.parse(held.outputs.policy as string)).toHaveProperty("Statement");
});

test("a subscription by e-mail waits for its confirmation, one by queue does not", async () => {
  const { id } = await createResource(cloud, topic, { name: "alarms" });
  const mail = await createResource(cloud, topicSubscription, {
    topic: id,
    protocol: "email",
    endpoint: "on-call@clinic.example",
  });
  expect(mail.id.startsWith(`${id}:`)).toBe(true);
  expect(mail.outputs.pendingConfirmation).toBe(true);
  const queue = { topic: id, protocol: "sqs", endpoint: "arn:aws:sqs:eu-central-1:1:q" };
  expect((await createResource(cloud, topicSubscription, queue)).outputs.pendingConfirmation).toBe(false);
});

test("an endpoint must fit its protocol and a topic must exist", async () => {
  const subscription = { topic: "arn:aws:sns:eu-central-1:1:none", protocol: "https", endpoint: "http://x" };
  expect(() => checkInputs(cloud, topicSubscription, subscription)).toThrow(
    "endpoint: of protocol https must be an https:// URL",
  );
  await expect(createResource(cloud, topicSubscription, { ...subscription, endpoint: "https://x" })).rejects.toThrow(
    "NotFound",
  );
  const statement = { Effect: "Allow", Principal: "*", Action: "sns:Publish", Resource: "*" };
  const policy = JSON.stringify({ Statement: [statement] });
  await expect(createResource(cloud, topicPolicy, { arn: subscription.topic, policy })).rejects.toThrow("NotFound");
});

test("a FIFO topic's name ends in .fifo", () => {
  expect(() => checkInputs(cloud, topic, { name: "a", fifoTopic: true })).toThrow("must end in .fifo");
  expect(() => checkInputs(cloud, topic, { name: "a.fifo" })).toThrow("fifoTopic is not true");
  expect(checkInputs(cloud, topic, { fifoTopic: true }, { name: "jobs" }).name).toMatch(/^jobs-.*\.fifo$/);
});
