import { diff } from "../../../../../local/providers/diff";
import { secret } from "../../../../../local/providers/aws/secretsmanager/secret";
import { secretPolicy } from "../../../../../local/providers/aws/secretsmanager/secret-policy";
import { secretVersion } from "../../../../../local/providers/aws/secretsmanager/secret-version";
import { checkInputs, createResource, deleteResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

test("a secret's identifier is its ARN with six random characters, a version's adds a UUID", async () => {
  const held = await createResource(cloud, secret, { name: "clinic/db" });
  expect(held.id).toMatch(/^arn:aws:secretsmanager:eu-central-1:\d{12}:secret:clinic\/db-[A-Za-z0-9]{6}$/);
  expect(held.outputs).toMatchObject({ arn: held.id, recoveryWindowInDays: 30 });
  const version = await createResource(cloud, secretVersion, { secretId: held.id, secretString: "s3cret" });
  expect(version.id).toBe(`${held.id}|${String(version.outputs.versionId as string)}`);
  expect(version.outputs).toMatchObject({ arn: held.id, versionStages: ["AWSCURRENT"] });
});

test("a version finds its secret by name too and refuses one that does not exist", async () => {
  const held = await createResource(cloud, secret, { name: "db" });
  expect((await createResource(cloud, secretVersion, { secretId: "db", secretString: "x" })).outputs.arn).toBe(held.id);
  await expect(createResource(cloud, secretVersion, { secretId: "nope", secretString: "x" })).rejects.toThrow(
    "ResourceNotFoundException: Secrets Manager can't find the secret 'nope'",
  );
});

test("the name of a deleted secret is blocked until its recovery window ends", async () => {
  const first = await createResource(cloud, secret, { name: "db", recoveryWindowInDays: 7 });
  await deleteResource(cloud, secret, first);
  await expect(createResource(cloud, secret, { name: "db" })).rejects.toThrow(
    /InvalidRequestException: you can't create the secret 'db' because a secret with this name is already scheduled for deletion \(until 2/,
  );
});

test("a recovery window of 0 frees the name at once", async () => {
  await deleteResource(cloud, secret, await createResource(cloud, secret, { name: "db", recoveryWindowInDays: 0 }));
  await expect(createResource(cloud, secret, { name: "db" })).resolves.toBeDefined();
});

test("two secrets cannot have one name", async () => {
  await createResource(cloud, secret, { name: "db" }, { name: "a" });
  await expect(createResource(cloud, secret, { name: "db" }, { name: "b" })).rejects.toThrow("ResourceExistsException");
});

test("a version needs exactly one value, of at most 65536 bytes, and a new value is a new version", () => {
  expect(() => checkInputs(cloud, secretVersion, { secretId: "a" })).toThrow(
    "exactly one of secretString and secretBinary",
  );
  expect(() => checkInputs(cloud, secretVersion, { secretId: "a", secretString: "x".repeat(65_537) })).toThrow(
    "got 65537",
  );
  const olds = { secretId: "a", secretString: "1" };
  expect(diff(secretVersion, olds, { secretId: "a", secretString: "2" }, cloud).changes).toEqual([
    { path: "secretString", replace: true },
  ]);
});

test("a window between 1 and 6 days, a replica and a policy without principal are refused", () => {
  expect(() => checkInputs(cloud, secret, { recoveryWindowInDays: 3 })).toThrow(
    "must be 0 (delete at once) or lie between 7 and 30 days",
  );
  expect(() => checkInputs(cloud, secret, { replicas: [{ region: "eu-west-1" }] })).toThrow();
  const policy = JSON.stringify({
    Statement: { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "*" },
  });
  expect(() => checkInputs(cloud, secretPolicy, { secretArn: "arn:x", policy })).toThrow(
    "needs one of Principal and NotPrincipal",
  );
});
