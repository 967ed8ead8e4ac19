import type { ParameterDefinition } from "./definition";
import { libraries, logging } from "./evidence";
import { memory, planner } from "./resources";
import { connections, security } from "./sessions";
import { wal, autovacuum } from "./upkeep";

/**
 * Every parameter the stack sets or lets configuration set. All exist in PostgreSQL 15 to 17; kind and unit follow
 * `aws rds describe-engine-default-parameters` (ApplyType, AllowedValues) for those families.
 */
export const catalogue: readonly ParameterDefinition[] = [
  ...connections,
  ...security,
  ...memory,
  ...planner,
  ...wal,
  ...autovacuum,
  ...libraries,
  ...logging,
];
