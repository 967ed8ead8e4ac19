import { z } from "zod";
import { arn, nameOrPrefix, regional, regionOf } from "../common";
import { stateKind } from "../state-kind";
import { aliasType, requireKey } from "./keys";

export const kmsAlias = stateKind({
  type: aliasType,
  inputs: z.strictObject({
    ...regional,
    name: z
      .string()
      .max(256)
      .regex(/^alias\/[A-Za-z0-9/_-]+$/, 'must begin with "alias/" and then hold letters, digits, /, _ and - only')
      .refine((name) => !name.startsWith("alias/aws/"), 'must not begin with "alias/aws/", which AWS keeps for itself'),
    namePrefix: z.string().startsWith("alias/", 'must begin with "alias/"').optional(),
    targetKeyId: z.string(),
  }),
  defaults: (given, naming) =>
    given.name === undefined && given.namePrefix === undefined
      ? { name: naming.auto("name", { prefix: "alias/", maxLength: 256 }) }
      : nameOrPrefix(given, naming, "name", 256),
  identify: ({ name }) => name,
  replaceOn: ["name", "namePrefix"],
  admit: ({ targetKeyId }, { cloud }) => void requireKey(cloud, targetKeyId),
  outputs(given, { id, cloud }) {
    const keyId = cloud.mode === "run" ? requireKey(cloud, given.targetKeyId) : given.targetKeyId;
    const region = regionOf(given, cloud);
    return { arn: arn(cloud, "kms", id, region), targetKeyArn: arn(cloud, "kms", `key/${keyId}`, region) };
  },
});
