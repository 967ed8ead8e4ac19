import { UNKNOWN, type Bag, type Cloud, type Resource, type Value } from "../../../contract";
import { instanceClass } from "./instance-classes";
import { sourceIdentifier } from "./instance-inputs";
import type { FormulaInputs } from "./parameter-formula";
import type { GroupParameter } from "./parameters";

export const instanceType = "aws:rds/instance:Instance";
export const parameterGroupType = "aws:rds/parameterGroup:ParameterGroup";
export const subnetGroupType = "aws:rds/subnetGroup:SubnetGroup";

/** What RDS creates when no version is asked for. */
const defaultMajor = 17;

export function instances(cloud: Cloud): Resource[] {
  return cloud.resources(instanceType).filter(({ phase }) => phase !== "deleting");
}

export function findInstance(cloud: Cloud, identifier: string): Resource | undefined {
  return cloud.resources(instanceType).find(({ inputs }) => inputs.identifier === identifier);
}

/** The instance that this one replicates, if the cloud has it. */
export function sourceOf(inputs: Bag, cloud: Cloud): Resource | undefined {
  const source = known(inputs.replicateSourceDb) ? sourceIdentifier(inputs.replicateSourceDb) : undefined;
  return source === undefined ? undefined : findInstance(cloud, source);
}

export function replicasOfInstance(cloud: Cloud, identifier: string): Resource[] {
  return instances(cloud).filter(({ inputs }) => sourceIdentifier(inputs.replicateSourceDb) === identifier);
}

/** A replica runs its source's version and has its size and port unless it says otherwise. */
export function engineVersionOf(inputs: Bag, cloud: Cloud): string {
  if (typeof inputs.engineVersion === "string" && known(inputs.engineVersion)) return inputs.engineVersion;
  const source = sourceOf(inputs, cloud);
  return source ? engineVersionOf(source.inputs, cloud) : String(defaultMajor);
}

export function majorOf(engineVersion: string): number {
  return Number.parseInt(engineVersion, 10);
}

export function portOf(inputs: Bag, cloud: Cloud): number {
  if (typeof inputs.port === "number") return inputs.port;
  const source = sourceOf(inputs, cloud);
  return source ? portOf(source.inputs, cloud) : 5432;
}

export function storageOf(inputs: Bag, cloud: Cloud): number {
  if (typeof inputs.allocatedStorage === "number") return inputs.allocatedStorage;
  const source = sourceOf(inputs, cloud);
  return source ? storageOf(source.inputs, cloud) : 20;
}

/** Undefined when the class does not exist or is not known yet. */
export function formulaInputs(inputs: Bag, cloud: Cloud): FormulaInputs | undefined {
  const name = inputs.instanceClass;
  const found = typeof name === "string" ? instanceClass(name) : undefined;
  return found && { instanceClass: found, allocatedStorageGiB: storageOf(inputs, cloud), port: portOf(inputs, cloud) };
}

/** The rows of the instance's parameter group; undefined when the cloud does not have that group (yet). */
export function groupRows(inputs: Bag, cloud: Cloud): readonly GroupParameter[] | undefined {
  const name = inputs.parameterGroupName;
  if (typeof name !== "string" || name.startsWith("default.")) return [];
  const group = cloud.resource(parameterGroupType, name);
  return group && rowsOf(group.inputs);
}

/** The rows in the inputs of a parameter group; "immediate" is the provider's default. */
export function rowsOf(group: Bag): GroupParameter[] {
  const rows = Array.isArray(group.parameters) ? group.parameters : [];
  return rows.flatMap((row) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) return [];
    const { name, value, applyMethod } = row;
    if (typeof name !== "string" || typeof value !== "string" || !known(name) || !known(value)) return [];
    return [{ name, value, applyMethod: applyMethod === "pending-reboot" ? "pending-reboot" : "immediate" }];
  });
}

export function known(value: Value | undefined): boolean {
  return value !== UNKNOWN && value !== undefined && value !== null;
}

/** A property that validation has made sure is text. */
export function textOf(bag: Bag, property: string): string {
  const value = bag[property];
  return typeof value === "string" ? value : "";
}
