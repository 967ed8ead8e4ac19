import { z } from "zod";
import { Refusal } from "../../../contract";
import { arn, regional, regionOf, tagged } from "../common";
import { vpcOf } from "../ec2/network";
import { stateKind } from "../state-kind";
import { replicationGroupType, subnetGroupType } from "./names";

export const cacheSubnetGroup = stateKind({
  type: subnetGroupType,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    name: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,255}$/, "may hold letters, digits and hyphens only, 255 at most")
      .refine((name) => name.toLowerCase() !== "default", 'must not be "default"'),
    description: z.string().min(1),
    subnetIds: z.array(z.string().regex(/^subnet-[0-9a-z]+$/, "must be the id of a subnet (subnet-…)")).min(1),
  }),
  defaults: (_given, naming) => ({ name: naming.auto("name", { maxLength: 255 }), description: "Managed by Pulumi" }),
  identify: ({ name }) => name.toLowerCase(),
  replaceOn: ["name"],
  outputs: (given, { id, cloud }) => ({
    name: id,
    arn: arn(cloud, "elasticache", `subnetgroup:${id}`, regionOf(given, cloud)),
    vpcId: vpcOf(cloud).id,
  }),
  dismiss({ id }, cloud) {
    const user = cloud.resources(replicationGroupType).find(({ inputs }) => inputs.subnetGroupName === id);
    if (user)
      throw new Refusal(
        "CacheSubnetGroupInUse",
        `the cache subnet group '${id}' is in use by the replication group '${user.id}'; delete that first`,
      );
  },
});
