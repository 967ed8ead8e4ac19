import { diff } from "../../../../../local/providers/diff";
import { kmsAlias } from "../../../../../local/providers/aws/kms/alias";
import { kmsKey } from "../../../../../local/providers/aws/kms/key";
import { requireKey } from "../../../../../local/providers/aws/kms/keys";
import { checkInputs, createResource, deleteResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

test("a key is found by id, ARN, alias and alias ARN", async () => {
  const key = await createResource(cloud, kmsKey, {
    description: "data",
    enableKeyRotation: true,
    rotationPeriodInDays: 180,
  });
  const alias = await createResource(cloud, kmsAlias, { name: "alias/clinic/data", targetKeyId: key.id });
  expect(key.outputs.arn).toBe(`arn:aws:kms:eu-central-1:${cloud.accountId}:key/${key.id}`);
  expect(alias.outputs.targetKeyArn).toBe(key.outputs.arn);
  for (const reference of [key.id, key.outputs.arn, alias.id, alias.outputs.arn])
    expect(requireKey(cloud, reference as string)).toBe(key.id);
  expect(requireKey(cloud, "alias/aws/rds")).toBe("alias/aws/rds");
});

test("a deleted key waits out its window and cannot be used meanwhile", async () => {
  const key = await createResource(cloud, kmsKey, { deletionWindowInDays: 7 });
  await deleteResource(cloud, kmsKey, key);
  expect(() => requireKey(cloud, key.id)).toThrow(`KMSInvalidStateException: the key '${key.id}' is pending deletion`);
  await expect(createResource(cloud, kmsAlias, { name: "alias/x", targetKeyId: "nothing" })).rejects.toThrow(
    "NotFoundException",
  );
});

test("a policy that would lock the account out is refused unless the check is switched off", () => {
  const statement = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::1:role/x" },
    Action: "kms:Decrypt",
    Resource: "*",
  };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  expect(() => checkInputs(cloud, kmsKey, { policy })).toThrow(
    "will not allow you to update the key policy in the future",
  );
  expect(checkInputs(cloud, kmsKey, { policy, bypassPolicyLockoutSafetyCheck: true })).toBeDefined();
  expect(() => checkInputs(cloud, kmsKey, { policy: "{" })).toThrow("policy: MalformedPolicyDocument: is not JSON");
});

test.each([
  [{ deletionWindowInDays: 6 }, "deletionWindowInDays: lies between 7 and 30 days"],
  [{ rotationPeriodInDays: 180 }, "rotationPeriodInDays: needs enableKeyRotation"],
  [
    { customerMasterKeySpec: "RSA_2048", enableKeyRotation: true },
    "enableKeyRotation: KMS rotates SYMMETRIC_DEFAULT keys only",
  ],
])("a key with %j is refused", (inputs, message) => {
  expect(() => checkInputs(cloud, kmsKey, inputs)).toThrow(message);
});

test("an alias may change its key in place but not its name", () => {
  const olds = { name: "alias/a", targetKeyId: "1" };
  expect(diff(kmsAlias, olds, { name: "alias/a", targetKeyId: "2" }, cloud).changes).toEqual([
    { path: "targetKeyId", replace: false },
  ]);
  expect(diff(kmsAlias, olds, { name: "alias/b", targetKeyId: "1" }, cloud).changes).toEqual([
    { path: "name", replace: true },
  ]);
  expect(() => checkInputs(cloud, kmsAlias, { name: "data", targetKeyId: "1" })).toThrow('must begin with "alias/"');
  expect(() => checkInputs(cloud, kmsAlias, { name: "alias/aws/x", targetKeyId: "1" })).toThrow(
    "which AWS keeps for itself",
  );
});
