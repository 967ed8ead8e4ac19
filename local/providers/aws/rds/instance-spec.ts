import { Refusal, type Bag, type Cloud } from "../../../contract";
import { nearestPostgres } from "../../../processes/postgres-binaries";
import { sourceIdentifier } from "./instance-inputs";
import { engineVersionOf, formulaInputs, groupRows, majorOf, portOf, textOf } from "./instance-lookup";
import type { DatabaseSpec } from "./node-settings";
import { effectiveParameters, type GroupParameter } from "./parameters";
import { findSnapshot, snapshotData } from "./snapshots";

/** How the instance of these inputs is to run. `rows` stands in for its parameter group while that is being changed. */
export function instanceSpec(inputs: Bag, cloud: Cloud, rows?: readonly GroupParameter[]): DatabaseSpec {
  const declaredMajor = majorOf(engineVersionOf(inputs, cloud));
  const group = rows ?? groupRows(inputs, cloud);
  if (!group)
    throw new Refusal(
      "DBParameterGroupNotFound",
      `parameter group '${textOf(inputs, "parameterGroupName")}' was not found`,
    );
  const about = formulaInputs(inputs, cloud);
  if (!about)
    throw new Refusal("InvalidParameterValue", `there is no instance class '${textOf(inputs, "instanceClass")}'`);
  const source = sourceIdentifier(inputs.replicateSourceDb);
  const snapshot = typeof inputs.snapshotIdentifier === "string" ? inputs.snapshotIdentifier : undefined;
  const username = inputs.username ?? (snapshot === undefined ? undefined : findSnapshot(cloud, snapshot)?.username);
  return {
    id: textOf(inputs, "identifier"),
    declaredMajor,
    port: portOf(inputs, cloud),
    multiAz: inputs.multiAz === true,
    parameters: effectiveParameters(group, about, nearestPostgres(declaredMajor)),
    ...(source === undefined ? {} : { source }),
    ...(snapshot === undefined ? {} : { snapshot: snapshotData(cloud, snapshot) }),
    ...(source === undefined && typeof username === "string"
      ? {
          tenant: {
            username,
            password: typeof inputs.password === "string" ? inputs.password : undefined,
            dbName: typeof inputs.dbName === "string" ? inputs.dbName : undefined,
          },
        }
      : {}),
  };
}
