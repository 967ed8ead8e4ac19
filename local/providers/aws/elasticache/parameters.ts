import type { Bag, Cloud } from "../../../contract";
import { isBag } from "../common";
import { inputsOf, type Pending } from "./acl";
import { parameterGroupType } from "./names";
import { catalogue } from "./parameter-catalogue";

/** Every parameter of the group that is in force, defaults included. A `default.*` group has defaults only. */
export function effectiveParameters(
  cloud: Cloud,
  pending: Pending,
  groupName: string | undefined,
): Map<string, string> {
  const values = new Map([...catalogue].map(([name, parameter]) => [name, parameter.default]));
  const group = groupName === undefined ? undefined : inputsOf(cloud, pending, parameterGroupType, groupName);
  for (const { name, value } of parametersOf(group)) values.set(name, value);
  return values;
}

export function parametersOf(group: Bag | undefined): { name: string; value: string }[] {
  const rows = Array.isArray(group?.parameters) ? group.parameters.filter(isBag) : [];
  return rows.flatMap(({ name, value }) =>
    typeof name === "string" && typeof value === "string" ? [{ name, value }] : [],
  );
}

/** The lines of redis.conf that the parameters come to. */
export function directivesOf(values: ReadonlyMap<string, string>): Record<string, string> {
  const directives: Record<string, string> = {};
  for (const [name, value] of values) {
    const directive = catalogue.get(name)?.directive;
    if (directive) directives[directive] = value;
  }
  const limits = ["normal", "pubsub"].map((client) => {
    const part = (suffix: string) => values.get(`client-output-buffer-limit-${client}-${suffix}`) ?? "0";
    return `${client} ${part("hard-limit")} ${part("soft-limit")} ${part("soft-seconds")}`;
  });
  return { ...directives, "client-output-buffer-limit": limits.join(" ") };
}

/** Directives whose change reaches the engine only when a node restarts. */
export const afterRestart: ReadonlySet<string> = new Set(
  [...catalogue.values()].flatMap(({ dynamic, directive }) => (!dynamic && directive !== null ? [directive] : [])),
);
