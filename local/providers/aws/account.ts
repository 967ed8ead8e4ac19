import { z } from "zod";
import type { Invoke } from "../../contract";
import { arn, regionOf } from "./common";

const noArgs = z.strictObject({ id: z.string().optional() });

export const getCallerIdentity: Invoke = {
  token: "aws:index/getCallerIdentity:getCallerIdentity",
  args: noArgs,
  answer: (_args, cloud) => ({
    id: cloud.accountId,
    accountId: cloud.accountId,
    arn: arn(cloud, "iam", "user/plinth", ""),
    userId: "AIDALOCALCLOUDPLINTHX",
  }),
};

const regionArgs = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  region: z.string().optional(),
  endpoint: z.string().optional(),
});

export const getRegion: Invoke = {
  token: "aws:index/getRegion:getRegion",
  args: regionArgs,
  answer(given, cloud) {
    const { name, region: asked, id } = regionArgs.parse(given);
    const region = regionOf({ region: asked ?? name ?? id }, cloud);
    return { id: region, name: region, region, endpoint: `ec2.${region}.amazonaws.com`, description: region };
  },
};

export const getPartition: Invoke = {
  token: "aws:index/getPartition:getPartition",
  args: noArgs,
  answer: (_args, cloud) => ({
    id: cloud.partition,
    partition: cloud.partition,
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
};
