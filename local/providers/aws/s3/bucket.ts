import { mkdirSync, rmSync } from "node:fs";
import { z } from "zod";
import { Refusal, type Kind } from "../../../contract";
import { nameOrPrefix, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";
import { bucketDirectory, bucketIsEmpty, bucketTypes } from "./buckets";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "has 3 to 63 small letters, digits, dots and hyphens, and begins and ends with a letter or digit",
  )
  .refine((name) => !name.includes(".."), "must not hold two dots side by side")
  .refine((name) => !/^\d+\.\d+\.\d+\.\d+$/.test(name), "must not look like an IP address")
  .refine(
    (name) => !name.startsWith("xn--") && !name.endsWith("-s3alias"),
    "must not begin with xn-- or end with -s3alias",
  );

const inputs = z.strictObject({
  ...regional,
  ...tagged,
  bucket: bucketName,
  bucketPrefix: z.string().max(37).optional(),
  forceDestroy: z.boolean(),
  objectLockEnabled: z.boolean().optional(),
});

/** A bucket is a directory. Its settings (versioning, encryption, policy, life cycle) are resources of their own. */
function bucketKind(type: (typeof bucketTypes)[number]): Kind {
  return stateKind({
    type,
    inputs,
    defaults: (given, naming) => ({ ...nameOrPrefix(given, naming, "bucket", 63), forceDestroy: false }),
    identify: ({ bucket }) => bucket,
    replaceOn: ["bucket", "bucketPrefix", "objectLockEnabled"],
    admit(_given, { id, cloud }) {
      const other = bucketTypes.find((twin) => twin !== type && cloud.resource(twin, id));
      if (other) throw new Refusal("BucketAlreadyOwnedByYou", `the bucket '${id}' exists already (as ${other})`);
      mkdirSync(bucketDirectory(cloud, id), { recursive: true, mode: 0o700 });
    },
    outputs(given, { id, cloud }) {
      const region = regionOf(given, cloud);
      return {
        arn: `arn:${cloud.partition}:s3:::${id}`,
        bucketDomainName: `${id}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${id}.s3.${region}.amazonaws.com`,
        bucketRegion: region,
        objectLockEnabled: given.objectLockEnabled ?? false,
      };
    },
    dismiss({ id, inputs: { forceDestroy } }, cloud) {
      if (forceDestroy !== true && !bucketIsEmpty(cloud, id))
        throw new Refusal(
          "BucketNotEmpty",
          `the bucket '${id}' you tried to delete is not empty; empty it, or set forceDestroy: true and update first`,
        );
      rmSync(bucketDirectory(cloud, id), { recursive: true, force: true });
    },
  });
}

export const bucket = bucketKind("aws:s3/bucket:Bucket");
export const bucketV2 = bucketKind("aws:s3/bucketV2:BucketV2");
