import { z } from "zod";
import { Refusal, type Bag, type Cloud, type Kind, type Resource } from "../../../contract";
import { installedPostgres, nearestPostgres } from "../../../processes/postgres-binaries";
import { arn, nameOrPrefix, regional, regionOf, tagged, tagOutputs, withoutNulls } from "../common";
import { database } from "./databases";
import { instances, known, parameterGroupType, rowsOf, textOf } from "./instance-lookup";
import { instanceSpec } from "./instance-spec";
import { parameterProblems } from "./parameter-problems";

const name = z
  .string()
  .max(255, "a name has at most 255 characters")
  .regex(/^[a-z][a-z0-9-.]*$/, "must begin with a letter and hold lower-case letters, digits, hyphens and dots only")
  .refine((text) => !text.includes("--") && !text.endsWith("-"), "may not end with a hyphen or hold two in a row");

const inputs = z.strictObject({
  ...regional,
  ...tagged,
  name,
  namePrefix: z.string().optional(),
  family: z.string().regex(/^postgres1[3-9]$/, 'must be a PostgreSQL family such as "postgres17"'),
  description: z.string().max(255).optional(),
  parameters: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        value: z.string(),
        applyMethod: z.enum(["immediate", "pending-reboot"]).optional(),
      }),
    )
    .optional(),
  skipDestroy: z.boolean().optional(),
});

/** `aws.rds.ParameterGroup`: its values reach every instance that uses it, dynamic ones at once, static ones at the next reboot. */
export const rdsParameterGroup: Kind = {
  type: parameterGroupType,
  inputs,
  replaceOn: ["name", "namePrefix", "family", "description", "region"],

  defaults(given, naming) {
    const properties = withoutNulls(given);
    const named = nameOrPrefix(properties, naming);
    return { description: "Managed by Pulumi", ...properties, ...named };
  },

  refuse(group) {
    const { family } = group;
    if (typeof family !== "string" || !known(family) || installedPostgres().length === 0) return [];
    const declaredMajor = Number(family.slice("postgres".length));
    return parameterProblems(rowsOf(group), declaredMajor, nearestPostgres(declaredMajor));
  },

  identify(group, _naming, cloud) {
    const id = textOf(group, "name");
    if (id.startsWith("default.") || cloud.resource(parameterGroupType, id))
      throw new Refusal("DBParameterGroupAlreadyExists", `there is a parameter group '${id}' already`);
    return id;
  },

  /** A change of nothing but an apply method changes nothing: RDS keeps no record of it for values that are set. */
  diff: (changes, olds, news) =>
    changes.filter(({ path }) => !path.startsWith("parameters") || sortedRows(olds) !== sortedRows(news)),

  create: async ({ inputs: group, cloud, id }) => outputs(group, cloud, id),

  async update({ inputs: group, cloud, id }) {
    for (const instance of usersOf(id, cloud)) {
      const running = database(cloud, textOf(instance.inputs, "identifier"));
      if (running) await running.change(instanceSpec(instance.inputs, cloud, rowsOf(group)));
    }
    return outputs(group, cloud, id);
  },

  async delete({ id, cloud }) {
    const users = usersOf(id, cloud).map((instance) => textOf(instance.inputs, "identifier"));
    if (users.length > 0)
      throw new Refusal(
        "InvalidDBParameterGroupState",
        `parameter group '${id}' is in use by ${users.join(", ")}: give these another group first (a replacement needs a new name)`,
      );
  },

  async describe({ id, inputs: group }, cloud) {
    const users = usersOf(id, cloud).map((instance) => textOf(instance.inputs, "identifier"));
    return `${rowsOf(group).length} parameters, used by ${users.length === 0 ? "nobody" : users.join(", ")}`;
  },
};

function usersOf(name: string, cloud: Cloud): Resource[] {
  return instances(cloud).filter((instance) => instance.inputs.parameterGroupName === name);
}

function sortedRows(group: Bag): string {
  return JSON.stringify(
    rowsOf(group)
      .map((row) => [row.name, row.value])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
}

function outputs(group: Bag, cloud: Cloud, id: string): Bag {
  const region = regionOf({ region: typeof group.region === "string" ? group.region : undefined }, cloud);
  return {
    ...tagOutputs(group),
    region,
    arn: arn(cloud, "rds", `pg:${id}`, region),
    namePrefix: group.namePrefix ?? "",
  };
}
