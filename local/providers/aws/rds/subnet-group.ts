import { z } from "zod";
import { Refusal } from "../../../contract";
import { arn, nameOrPrefix, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";
import { instances, subnetGroupType, textOf } from "./instance-lookup";

const inputs = z.strictObject({
  ...regional,
  ...tagged,
  name: z
    .string()
    .max(255, "a name has at most 255 characters")
    .regex(/^[a-z0-9 ._-]+$/, "may hold lower-case letters, digits, spaces, dots, hyphens and underscores only")
    .refine((text) => text !== "default", "'default' is the name of RDS's own group"),
  namePrefix: z.string().optional(),
  description: z.string().optional(),
  subnetIds: z
    .array(z.string())
    .min(2, "a DB subnet group covers at least two availability zones: give two subnets or more"),
});

/** `aws.rds.SubnetGroup`: where an instance and its standby may be placed. */
export const rdsSubnetGroup = stateKind({
  type: subnetGroupType,
  inputs,
  replaceOn: ["name", "namePrefix"],
  defaults: (given, naming) => ({ description: "Managed by Pulumi", ...nameOrPrefix(given, naming) }),
  identify: ({ name }, _naming, cloud) => {
    if (cloud.resource(subnetGroupType, name))
      throw new Refusal("DBSubnetGroupAlreadyExists", `there is a DB subnet group '${name}' already`);
    return name;
  },
  outputs: (group, { id, cloud }) => ({
    arn: arn(cloud, "rds", `subgrp:${id}`, regionOf(group, cloud)),
    supportedNetworkTypes: ["IPV4"],
    vpcId: "vpc-00000000000000000",
  }),
  dismiss({ id }, cloud) {
    const users = instances(cloud).filter((instance) => instance.inputs.dbSubnetGroupName === id);
    if (users.length > 0)
      throw new Refusal(
        "InvalidDBSubnetGroupStateFault",
        `DB subnet group '${id}' is in use by ${users.map((user) => textOf(user.inputs, "identifier")).join(", ")}`,
      );
  },
});
