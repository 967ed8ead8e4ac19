import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bag } from "../../../../../local/contract";
import { bucket, bucketV2 } from "../../../../../local/providers/aws/s3/bucket";
import { bucketSettings } from "../../../../../local/providers/aws/s3/bucket-settings";
import { bucketDirectory } from "../../../../../local/providers/aws/s3/buckets";
import { checkInputs, createResource, deleteResource } from "../../../../support/test-kinds";
import { TestCloud } from "../../../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

const setting = (name: string) => {
  const kind = bucketSettings.find(({ type }) => type.endsWith(`:${name}`));
  if (!kind) throw new Error(`no ${name}`);
  return kind;
};

test("a bucket is a directory; one that is not empty is deleted only by force", async () => {
  const held = await createResource(cloud, bucketV2, { bucket: "clinic-archive" });
  expect(held.outputs).toMatchObject({
    arn: "arn:aws:s3:::clinic-archive",
    bucketDomainName: "clinic-archive.s3.amazonaws.com",
  });
  writeFileSync(join(bucketDirectory(cloud, held.id), "object"), "x");
  await expect(deleteResource(cloud, bucketV2, held)).rejects.toThrow("BucketNotEmpty: the bucket 'clinic-archive'");
  await deleteResource(cloud, bucketV2, { ...held, inputs: { ...held.inputs, forceDestroy: true } });
  await expect(createResource(cloud, bucket, { bucket: "clinic-archive" })).resolves.toBeDefined();
});

test.each(["AB", "a..b", "10.0.0.1", "xn--clinic", "-clinic"])("the bucket name %s is refused", (name) => {
  expect(() => checkInputs(cloud, bucket, { bucket: name })).toThrow("bucket:");
});

test("settings need their bucket and sensible contents", async () => {
  const block = { bucket: "clinic", blockPublicAcls: true };
  await expect(createResource(cloud, setting("BucketPublicAccessBlock"), block)).rejects.toThrow("NoSuchBucket");
  await createResource(cloud, bucket, { bucket: "clinic" });
  expect((await createResource(cloud, setting("BucketPublicAccessBlock"), block)).outputs).toMatchObject({
    restrictPublicBuckets: false,
  });
  const rule: Bag = { id: "old", status: "Enabled" };
  expect(() =>
    checkInputs(cloud, setting("BucketLifecycleConfiguration"), { bucket: "clinic", rules: [rule] }),
  ).toThrow("rules[0]: at least one of expiration");
  const policy = JSON.stringify({
    Statement: { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::other" },
  });
  expect(() => checkInputs(cloud, setting("BucketPolicy"), { bucket: "clinic", policy })).toThrow(
    "no statement's Resource is the bucket",
  );
  const encryption = {
    bucket: "clinic",
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "no" } }],
  };
  await expect(createResource(cloud, setting("BucketServerSideEncryptionConfiguration"), encryption)).rejects.toThrow(
    "NotFoundException",
  );
});
