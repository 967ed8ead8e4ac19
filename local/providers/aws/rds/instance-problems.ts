import type { Bag, Cloud, Problem } from "../../../contract";
import { isGiven, knownNumber, knownText } from "../common";
import { instanceClass } from "./instance-classes";
import { sourceIdentifier } from "./instance-inputs";
import {
  engineVersionOf,
  findInstance,
  formulaInputs,
  groupRows,
  known,
  majorOf,
  parameterGroupType,
  replicasOfInstance,
  sourceOf,
  textOf,
} from "./instance-lookup";
import { standbyParameters } from "./parameter-catalogue";
import { evaluated } from "./parameters";
import { versionProblems } from "./version-problems";

interface Where {
  readonly cloud: Cloud;
  readonly id?: string;
  readonly priorInputs?: Bag;
}

/** What RDS would refuse about these inputs, given the rest of the cloud. */
export function instanceProblems(inputs: Bag, where: Where): Problem[] {
  const { cloud, priorInputs } = where;
  return [
    ...classProblems(inputs),
    ...(isGiven(inputs, "replicateSourceDb") ? replicaProblems(inputs, cloud) : primaryProblems(inputs)),
    ...storageProblems(inputs, priorInputs),
    ...monitoringProblems(inputs),
    ...groupProblems(inputs, cloud),
    ...duplicateProblems(inputs, where),
    ...(priorInputs ? changeProblems(inputs, priorInputs, cloud) : []),
    ...(priorInputs ? versionProblems(inputs, priorInputs, cloud) : []),
  ];
}

function classProblems(inputs: Bag): Problem[] {
  const name = knownText(inputs, "instanceClass");
  if (name === undefined || instanceClass(name)) return [];
  return [problem("instanceClass", `InvalidParameterValue: '${name}' is not an instance class of RDS for PostgreSQL`)];
}

function primaryProblems(inputs: Bag): Problem[] {
  if (isGiven(inputs, "snapshotIdentifier")) return [];
  return ["engine", "username", "password", "allocatedStorage"]
    .filter((property) => !isGiven(inputs, property))
    .map((property) =>
      problem(property, "is required unless the instance is a read replica or restored from a snapshot"),
    );
}

function replicaProblems(inputs: Bag, cloud: Cloud): Problem[] {
  const inherited = ["engine", "username", "password", "dbName", "snapshotIdentifier"].filter((p) =>
    isGiven(inputs, p),
  );
  const problems = inherited.map((property) =>
    problem(property, "cannot be given for a read replica: it has its source's"),
  );
  const source = sourceOf(inputs, cloud);
  if (!source) return problems;
  const id = sourceIdentifier(inputs.replicateSourceDb) ?? "";
  if (source.inputs.backupRetentionPeriod === 0 || source.inputs.backupRetentionPeriod === undefined)
    problems.push(
      problem(
        "replicateSourceDb",
        `InvalidDBInstanceState: automated backups are not enabled for ${id}; give it a backupRetentionPeriod greater than 0`,
      ),
    );
  return [...problems, ...parityProblems(inputs, source.inputs, cloud)];
}

/** A replica with less room than its source stops replaying; RDS lets it happen, the local cloud says so beforehand. */
function parityProblems(inputs: Bag, source: Bag, cloud: Cloud): Problem[] {
  const [own, theirs] = [inputs, source].map((each) => {
    const rows = groupRows(each, cloud);
    const about = formulaInputs(each, cloud);
    return rows && about && evaluated(rows, about);
  });
  if (!own || !theirs) return [];
  return standbyParameters
    .filter((name) => Number(own[name]) < Number(theirs[name]))
    .map((name) =>
      problem(
        isGiven(inputs, "parameterGroupName") ? "parameterGroupName" : "instanceClass",
        `${name} would be ${own[name]} on the replica and is ${theirs[name]} on its source: a replica with less stops replaying; set it no lower than there`,
      ),
    );
}

/** RDS User Guide, "Amazon RDS DB instance storage". */
function storageProblems(inputs: Bag, prior: Bag | undefined): Problem[] {
  const size = knownNumber(inputs, "allocatedStorage");
  const ceiling = knownNumber(inputs, "maxAllocatedStorage");
  const type = knownText(inputs, "storageType") ?? (isGiven(inputs, "iops") ? "io1" : "gp2");
  const problems: Problem[] = [];
  if (size !== undefined && size < 20 && type !== "standard")
    problems.push(problem("allocatedStorage", `InvalidParameterValue: ${type} storage begins at 20 GiB, not ${size}`));
  if (size !== undefined && ceiling !== undefined && ceiling !== 0 && ceiling < size)
    problems.push(
      problem("maxAllocatedStorage", `must be at least allocatedStorage (${size}), or 0; it is ${ceiling}`),
    );
  for (const property of ["iops", "storageThroughput"])
    if (type === "gp3" && isGiven(inputs, property) && size !== undefined && size < 400)
      problems.push(
        problem(
          property,
          `InvalidParameterCombination: ${property} cannot be given for gp3 storage under 400 GiB (it is ${size})`,
        ),
      );
  if (isGiven(inputs, "storageThroughput") && type !== "gp3")
    problems.push(
      problem("storageThroughput", `InvalidParameterCombination: only gp3 storage has a throughput, not ${type}`),
    );
  if ((type === "io1" || type === "io2") && !isGiven(inputs, "iops"))
    problems.push(problem("iops", `InvalidParameterCombination: ${type} storage needs iops`));
  if (isGiven(inputs, "iops") && (type === "gp2" || type === "standard"))
    problems.push(problem("iops", `InvalidParameterCombination: ${type} storage takes no iops`));
  const before = prior && knownNumber(prior, "allocatedStorage");
  if (before !== undefined && size !== undefined && size < before && !((ceiling ?? 0) > size))
    problems.push(
      problem(
        "allocatedStorage",
        `InvalidParameterCombination: storage cannot shrink: it has ${before} GiB, ${size} were asked for`,
      ),
    );
  return problems;
}

function monitoringProblems(inputs: Bag): Problem[] {
  const problems: Problem[] = [];
  const insights = inputs.performanceInsightsEnabled === true;
  if ((knownNumber(inputs, "monitoringInterval") ?? 0) > 0 && !isGiven(inputs, "monitoringRoleArn"))
    problems.push(problem("monitoringRoleArn", "InvalidParameterCombination: enhanced monitoring needs a role ARN"));
  for (const property of ["performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod"])
    if (isGiven(inputs, property) && !insights && inputs.performanceInsightsEnabled === false)
      problems.push(problem(property, "InvalidParameterCombination: needs performanceInsightsEnabled"));
  if (isGiven(inputs, "kmsKeyId") && inputs.storageEncrypted !== true && !isGiven(inputs, "replicateSourceDb"))
    problems.push(problem("kmsKeyId", "InvalidParameterCombination: a key needs storageEncrypted"));
  if (inputs.databaseInsightsMode === "advanced" && !insights)
    problems.push(
      problem("databaseInsightsMode", "InvalidParameterCombination: advanced mode needs performanceInsightsEnabled"),
    );
  return problems;
}

function groupProblems(inputs: Bag, cloud: Cloud): Problem[] {
  const name = knownText(inputs, "parameterGroupName");
  if (name === undefined) return [];
  if (isGiven(inputs, "engineVersion") && !known(inputs.engineVersion)) return [];
  const asked = `postgres${majorOf(engineVersionOf(inputs, cloud))}`;
  const family = name.startsWith("default.")
    ? name.slice("default.".length)
    : knownText(cloud.resource(parameterGroupType, name)?.inputs ?? {}, "family");
  if (family === undefined || family === asked) return [];
  // A replica's version is its source's, and that may not be known yet.
  if (isGiven(inputs, "replicateSourceDb") && !isGiven(inputs, "engineVersion") && !sourceOf(inputs, cloud)) return [];
  return [
    problem(
      "parameterGroupName",
      `InvalidParameterCombination: '${name}' is of family ${family} and cannot be used with engine version ${engineVersionOf(inputs, cloud)} (${asked})`,
    ),
  ];
}

function duplicateProblems(inputs: Bag, { cloud, id, priorInputs }: Where): Problem[] {
  const identifier = knownText(inputs, "identifier");
  const holder = identifier === undefined ? undefined : findInstance(cloud, identifier);
  if (!holder || priorInputs === undefined || holder.id === id || priorInputs.identifier === identifier) return [];
  return [problem("identifier", `DBInstanceAlreadyExists: there is an instance '${identifier}' already`)];
}

function changeProblems(inputs: Bag, prior: Bag, cloud: Cloud): Problem[] {
  const problems: Problem[] = [];
  const before = sourceIdentifier(prior.replicateSourceDb);
  const after = known(inputs.replicateSourceDb) ? sourceIdentifier(inputs.replicateSourceDb) : before;
  if (isGiven(inputs, "replicateSourceDb") && before !== after)
    problems.push(
      problem("replicateSourceDb", "an instance cannot be made a replica of another one; make a new replica"),
    );
  if (knownText(inputs, "identifier") !== undefined && inputs.identifier !== prior.identifier)
    problems.push(problem("identifier", "the local cloud does not model renaming an instance; make a new one"));
  const replicas = replicasOfInstance(cloud, textOf(prior, "identifier"));
  if (inputs.backupRetentionPeriod === 0 && replicas.length > 0)
    problems.push(
      problem(
        "backupRetentionPeriod",
        `InvalidParameterCombination: backups cannot be switched off while there are read replicas (${replicas.map((r) => textOf(r.inputs, "identifier")).join(", ")})`,
      ),
    );
  return problems;
}

function problem(property: string, reason: string): Problem {
  return { property, reason };
}
