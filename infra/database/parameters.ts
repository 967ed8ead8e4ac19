import { catalogue } from "./catalogue/catalogue";
import type { ParameterDefinition } from "./catalogue/definition";
import { evaluateFormula, FormulaError, isFormula } from "./parameter-formula";
import type { InstanceClass } from "./instance-classes";

/** Which instance a parameter group is for. */
export type DatabaseRole = "primary" | "replica";

/** One row of `aws.rds.ParameterGroup.parameters`. */
export interface GroupParameter {
  readonly name: string;
  readonly value: string;
  readonly applyMethod: "immediate" | "pending-reboot";
}

export type ParameterOverrides = Readonly<Record<string, string | number | boolean>>;

/** A standby stops replaying when one of these is below the primary's (PostgreSQL manual, "Hot Standby"). */
export const standbyParameters = [
  "max_connections",
  "max_worker_processes",
  "max_wal_senders",
  "max_prepared_transactions",
  "max_locks_per_transaction",
] as const;

/** RDS's own default for PostgreSQL; set explicitly so that the budget and the instance use the same number. */
export const maxConnectionsFormula = "LEAST({DBInstanceClassMemory/9531392},5000)";

const definitions = new Map(catalogue.map((definition) => [definition.name, definition]));

/** The catalogue's row for a parameter, if it has one. */
export function parameterDefinition(name: string): ParameterDefinition | undefined {
  return definitions.get(name);
}

/** The value RDS keeps for a user's scalar: booleans are 1 and 0. */
export function parameterText(value: string | number | boolean): string {
  return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
}

/** The parameters of one group, sorted by name, each with the apply method its kind demands. */
export function groupParameters(role: DatabaseRole, overrides: ParameterOverrides = {}): GroupParameter[] {
  return catalogue
    .filter((definition) => Object.hasOwn(overrides, definition.name) || definition.value !== undefined)
    .filter((definition) => definition.only === undefined || definition.only === role)
    .map((definition) => ({
      name: definition.name,
      value: parameterText(overrides[definition.name] ?? definition.value ?? ""),
      applyMethod: definition.kind === "static" ? ("pending-reboot" as const) : ("immediate" as const),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `max_connections` of an instance class under these overrides. */
export function maxConnections(instanceClass: InstanceClass, overrides: ParameterOverrides = {}): number {
  return evaluateFormula(parameterText(overrides["max_connections"] ?? maxConnectionsFormula), instanceClass);
}

/** What is wrong with a value for a parameter: half a sentence, or undefined when RDS would take it. */
export function parameterProblem(
  definition: ParameterDefinition,
  value: string,
  instanceClass: InstanceClass,
): string | undefined {
  if (definition.choices) {
    const wrong = value.split(",").find((word) => !definition.choices?.includes(word.trim()));
    return wrong === undefined ? undefined : `"${wrong.trim()}" is not one of ${definition.choices.join(", ")}`;
  }
  if (!definition.range) return undefined;
  const number = numberOf(value, instanceClass);
  if (typeof number === "string") return number;
  const [low, high] = definition.range;
  const unit = definition.unit ? ` ${definition.unit}` : "";
  return number < low || number > high ? `${number}${unit} is outside ${low} to ${high}${unit}` : undefined;
}

function numberOf(value: string, instanceClass: InstanceClass): number | string {
  if (!isFormula(value))
    return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : `"${value}" is neither a number nor an RDS formula`;
  try {
    return evaluateFormula(value, instanceClass);
  } catch (error) {
    if (error instanceof FormulaError) return error.message;
    throw error;
  }
}
