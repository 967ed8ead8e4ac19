import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Refusal, type Cloud } from "../../../contract";

export const bucketTypes = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"] as const;

/** The directory that holds the bucket's objects: a file per key. */
export function bucketDirectory(cloud: Cloud, bucket: string): string {
  return join(cloud.root, "s3", bucket);
}

export function bucketIsEmpty(cloud: Cloud, bucket: string): boolean {
  const directory = bucketDirectory(cloud, bucket);
  return !existsSync(directory) || readdirSync(directory).length === 0;
}

/** @throws Refusal NoSuchBucket. */
export function requireBucket(cloud: Cloud, bucket: string): void {
  if (!bucketTypes.some((type) => cloud.resource(type, bucket)))
    throw new Refusal("NoSuchBucket", `the bucket '${bucket}' does not exist; create it first`);
}
