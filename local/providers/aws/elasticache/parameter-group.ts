import { z } from "zod";
import { Refusal, type Bag, type Kind, type Problem } from "../../../contract";
import { arn, regional, regionOf, tagged } from "../common";
import { stateKind } from "../state-kind";
import { pendingKey } from "./acl";
import { groupsWith } from "./cache-groups";
import { parameterGroupType, replicationGroupType } from "./names";
import { parametersOf } from "./parameters";
import { parameterProblem } from "./parameter-catalogue";

const families = ["redis6.x", "redis7", "valkey7", "valkey8"] as const;

const state = stateKind({
  type: parameterGroupType,
  inputs: z.strictObject({
    ...regional,
    ...tagged,
    name: z
      .string()
      .max(255)
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "begins with a letter and holds letters, digits and hyphens only")
      .refine(
        (name) => !name.endsWith("-") && !name.includes("--"),
        "must not end with a hyphen or hold two side by side",
      ),
    family: z.enum(families),
    description: z.string(),
    parameters: z.array(z.strictObject({ name: z.string().min(1), value: z.string() })).optional(),
  }),
  defaults: (_given, naming) => ({ name: naming.auto("name", { maxLength: 255 }), description: "Managed by Pulumi" }),
  refuse(given) {
    const rows = parametersOf(given);
    const problems: Problem[] = rows.flatMap(({ name, value }, index) => {
      const reason = parameterProblem(name, value);
      return reason === undefined
        ? []
        : [{ property: `parameters[${index}]`, reason: `InvalidParameterValue: ${reason}` }];
    });
    rows.forEach(({ name }, index) => {
      if (rows.findIndex((other) => other.name === name) !== index)
        problems.push({ property: `parameters[${index}].name`, reason: `"${name}" is given twice` });
    });
    return problems;
  },
  identify: ({ name }) => name.toLowerCase(),
  replaceOn: ["name", "family", "description"],
  outputs: (given, { id, cloud }) => ({
    name: id,
    arn: arn(cloud, "elasticache", `parametergroup:${id}`, regionOf(given, cloud)),
  }),
  dismiss({ id }, cloud) {
    const user = cloud.resources(replicationGroupType).find(({ inputs }) => inputs.parameterGroupName === id);
    if (user)
      throw new Refusal(
        "InvalidCacheParameterGroupState",
        `the parameter group '${id}' is in use by the replication group '${user.id}'; give that another group first`,
      );
  },
});

/** A changed value reaches the nodes of every group that uses it at once, except the few that wait for a restart. */
export const cacheParameterGroup: Kind = {
  ...state,
  async update(operation) {
    const outputs: Bag = (await state.update?.(operation)) ?? {};
    const pending = new Map([[pendingKey(parameterGroupType, operation.id), operation.inputs]]);
    for (const group of groupsWith(operation.cloud, "parameterGroupName", operation.id)) await group.refresh(pending);
    return outputs;
  },
};
