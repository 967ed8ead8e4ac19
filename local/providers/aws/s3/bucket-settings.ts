import { z } from "zod";
import { type Bag, type Kind } from "../../../contract";
import { knownText, regional } from "../common";
import { requireKey } from "../kms/keys";
import { policyDocument } from "../policy-document";
import { stateKind } from "../state-kind";
import { lifecycleProblems, lifecycleRule } from "./lifecycle-rule";
import { requireBucket } from "./buckets";

const bucket = { ...regional, bucket: z.string().min(3).max(63) };
const owner = {
  expectedBucketOwner: z
    .string()
    .regex(/^\d{12}$/, "must be an account number of 12 digits")
    .optional(),
};

/** One setting of a bucket: identified by the bucket, gone with it. */
function setting<S extends z.ZodObject>(
  type: string,
  inputs: S,
  rest: {
    defaults?: Bag;
    refuse?: Kind["refuse"];
    admit?: (given: z.output<S>, place: Parameters<typeof requireKey>[0]) => void;
  } = {},
): Kind {
  return stateKind({
    type,
    inputs,
    ...(rest.defaults ? { defaults: () => rest.defaults ?? {} } : {}),
    refuse: rest.refuse,
    identify: (given) => nameOf(given),
    replaceOn: ["bucket", "expectedBucketOwner"],
    admit(given, { cloud }) {
      requireBucket(cloud, nameOf(given));
      rest.admit?.(given, cloud);
    },
    outputs: () => ({}),
  });
}

const publicAccessBlock = setting(
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  z.strictObject({
    ...bucket,
    blockPublicAcls: z.boolean(),
    blockPublicPolicy: z.boolean(),
    ignorePublicAcls: z.boolean(),
    restrictPublicBuckets: z.boolean(),
    skipDestroy: z.boolean().optional(),
  }),
  {
    defaults: {
      blockPublicAcls: false,
      blockPublicPolicy: false,
      ignorePublicAcls: false,
      restrictPublicBuckets: false,
    },
  },
);

const policy = setting(
  "aws:s3/bucketPolicy:BucketPolicy",
  z.strictObject({ ...bucket, policy: policyDocument("resource", 20_480) }),
  {
    refuse(given) {
      const text = knownText(given, "policy");
      const name = knownText(given, "bucket");
      return text !== undefined && name !== undefined && !text.includes(`:s3:::${name}`)
        ? [
            {
              property: "policy",
              reason: `MalformedPolicy: no statement's Resource is the bucket arn:aws:s3:::${name} or its objects`,
            },
          ]
        : [];
    },
  },
);

const versioningInputs = z.strictObject({
  ...bucket,
  ...owner,
  mfa: z.string().optional(),
  versioningConfiguration: z.strictObject({
    status: z.enum(["Enabled", "Suspended", "Disabled"]),
    mfaDelete: z.enum(["Enabled", "Disabled"]).optional(),
  }),
});

const encryptionInputs = z.strictObject({
  ...bucket,
  ...owner,
  rules: z
    .array(
      z.strictObject({
        applyServerSideEncryptionByDefault: z
          .strictObject({
            sseAlgorithm: z.enum(["AES256", "aws:kms", "aws:kms:dsse"]),
            kmsMasterKeyId: z.string().optional(),
          })
          .optional(),
        blockedEncryptionTypes: z.array(z.string()).optional(),
        bucketKeyEnabled: z.boolean().optional(),
      }),
    )
    .min(1),
});

const lifecycleInputs = z.strictObject({
  ...bucket,
  ...owner,
  rules: z.array(lifecycleRule).min(1).max(1000),
  transitionDefaultMinimumObjectSize: z.enum(["all_storage_classes_128K", "varies_by_storage_class"]).optional(),
});

/** Each of these exists under its name of today and under the one with V2 that version 6 of the AWS provider used. */
const versionings = ["BucketVersioning", "BucketVersioningV2"].map((name) => setting(tokenOf(name), versioningInputs));

const encryptions = ["BucketServerSideEncryptionConfiguration", "BucketServerSideEncryptionConfigurationV2"].map(
  (name) =>
    setting(tokenOf(name), encryptionInputs, {
      admit({ rules }, cloud) {
        for (const { applyServerSideEncryptionByDefault: byDefault } of rules)
          if (byDefault?.kmsMasterKeyId) requireKey(cloud, byDefault.kmsMasterKeyId);
      },
    }),
);

const lifecycles = ["BucketLifecycleConfiguration", "BucketLifecycleConfigurationV2"].map((name) =>
  setting(tokenOf(name), lifecycleInputs, { refuse: lifecycleProblems }),
);

export const bucketSettings: readonly Kind[] = [
  publicAccessBlock,
  policy,
  ...versionings,
  ...encryptions,
  ...lifecycles,
];

function nameOf(given: Record<string, unknown>): string {
  return typeof given.bucket === "string" ? given.bucket : "";
}

function tokenOf(name: string): string {
  return `aws:s3/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
}
