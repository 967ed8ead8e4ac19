import type { z } from "zod";

/** Values for required keys that are missing or wrong, consistent with each other, so that the rest can be checked. */
const standIns: Readonly<Record<string, unknown>> = {
  region: "eu-central-1",
  accountId: "000000000000",
  vpcId: "vpc-0",
  privateSubnets: ["a", "b"].map((zone) => ({ id: `subnet-0${zone}`, zone: `eu-central-1${zone}` })),
  eksClusterName: "stand-in",
  poolerTls: { secretName: "stand-in" },
};

/** Region and subnets are checked against each other: when one is wrong both stand in. */
const placeKeys = ["region", "privateSubnets"];

/** A copy of the values without what the issues complain of: optional ones fall back to defaults, required ones stand in. */
export function withoutWrongValues(
  values: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): Record<string, unknown> {
  const copy = structuredClone(values) as Record<string, unknown>;
  for (const issue of issues) {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") for (const key of issue.keys) remove(copy, [...path, key]);
    else if (path[0] !== undefined && Object.hasOwn(standIns, path[0])) copy[path[0]] = standIns[path[0]];
    else remove(copy, path);
    if (placeKeys.includes(path[0] ?? "")) for (const key of placeKeys) copy[key] = standIns[key];
  }
  return copy;
}

function remove(target: Record<string, unknown>, path: readonly string[]): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  const child = target[head];
  if (rest.length > 0 && typeof child === "object" && child !== null) remove(child as Record<string, unknown>, rest);
  else delete target[head];
}
