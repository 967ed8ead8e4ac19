import type { Bag, Cloud, Problem } from "../../../contract";
import { installedPostgres, nearestPostgres } from "../../../processes/postgres-binaries";
import { engineVersionOf, known, majorOf, replicasOfInstance, textOf } from "./instance-lookup";

/** What RDS would refuse about going from one engine version to another. */
export function versionProblems(inputs: Bag, prior: Bag, cloud: Cloud): Problem[] {
  if (inputs.engineVersion !== undefined && !known(inputs.engineVersion)) return [];
  const before = engineVersionOf(prior, cloud);
  const after = engineVersionOf(inputs, cloud);
  if (before === after || prior.engineVersion === undefined) return [];
  const step = compareVersions(after, before);
  if (step < 0) return [problem(`InvalidParameterCombination: cannot downgrade from ${before} to ${after}`)];
  if (majorOf(after) !== majorOf(before)) return majorProblems(before, after, inputs, cloud);
  const behind = replicasOfInstance(cloud, textOf(prior, "identifier")).filter(
    (replica) =>
      compareVersions(engineVersionOf(replica.inputs, cloud), after) < 0 && replica.inputs.engineVersion !== undefined,
  );
  if (step === 0 || behind.length === 0) return [];
  const names = behind.map((replica) => textOf(replica.inputs, "identifier")).join(", ");
  return [
    problem(
      `DBUpgradeDependencyFailure: one or more read replicas (${names}) must be upgraded to ${after} before their source`,
    ),
  ];
}

function majorProblems(before: string, after: string, inputs: Bag, cloud: Cloud): Problem[] {
  if (inputs.allowMajorVersionUpgrade !== true)
    return [
      problem(
        `InvalidParameterCombination: from ${before} to ${after} is a major upgrade; it needs allowMajorVersionUpgrade`,
      ),
    ];
  if (cloud.mode === "paper" || installedPostgres().length === 0) return [];
  const [old, next] = [before, after].map((version) => nearestPostgres(majorOf(version)).major);
  return old === next
    ? []
    : [
        problem(
          `the local cloud does not model pg_upgrade (${before} runs on PostgreSQL ${old} here, ${after} on ${next}); make a new instance`,
        ),
      ];
}

/** Negative when `a` is older. A version without a minor number is any minor version of it. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA] = a.split(".").map(Number);
  const [majorB = 0, minorB] = b.split(".").map(Number);
  if (majorA !== majorB) return majorA - majorB;
  return minorA === undefined || minorB === undefined ? 0 : minorA - minorB;
}

function problem(reason: string): Problem {
  return { property: "engineVersion", reason };
}
