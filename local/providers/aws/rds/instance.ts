import { randomBytes } from "node:crypto";
import { Refusal, type Bag, type Cloud, type Kind, type Operation, type Resource } from "../../../contract";
import { nameOrPrefix, withoutNulls } from "../common";
import type { Database } from "./database";
import { database, forgetDatabase, openDatabase, replicasOf } from "./databases";
import { instanceDefaults, instanceInputs, instanceReplaceOn, sourceIdentifier } from "./instance-inputs";
import { engineVersionOf, findInstance, instanceType, instances, textOf } from "./instance-lookup";
import { instanceOutputs } from "./instance-outputs";
import { instanceProblems } from "./instance-problems";
import { describeDatabase, nodesOf, versionNote } from "./instance-report";
import { instanceSpec } from "./instance-spec";
import { findSnapshot, takeFinalSnapshot } from "./snapshots";

/** `aws.rds.Instance` for PostgreSQL: real servers, see `database.ts`. */
export const rdsInstance: Kind = {
  type: instanceType,
  inputs: instanceInputs,
  replaceOn: instanceReplaceOn,
  bootOrder: 20,

  defaults(inputs, naming) {
    const given = withoutNulls(inputs);
    const named = nameOrPrefix(given, naming, "identifier", 63);
    const lowerCase = typeof named.identifier === "string" ? { identifier: named.identifier.toLowerCase() } : named;
    return instanceDefaults({ ...given, ...lowerCase });
  },

  refuse: (inputs, where) => instanceProblems(inputs, where),

  /** The DBI resource id, which is the provider's id of an instance: `db-` and 26 letters and digits. */
  identify(inputs, _naming, cloud) {
    const identifier = textOf(inputs, "identifier");
    if (instances(cloud).some((instance) => instance.inputs.identifier === identifier))
      throw new Refusal("DBInstanceAlreadyExists", `there is a DB instance '${identifier}' already`);
    return `db-${randomBytes(13).toString("hex").toUpperCase()}`;
  },

  /** With autoscaling the declared size is where it began; the provider ignores that it is less than the size now. */
  diff: (changes, olds, news) =>
    changes.filter(
      ({ path }) =>
        path !== "allocatedStorage" ||
        !(
          Number(news.allocatedStorage) < Number(olds.allocatedStorage) &&
          Number(news.maxAllocatedStorage) > Number(news.allocatedStorage)
        ),
    ),

  async create(operation) {
    const { cloud, id, inputs, signal } = operation;
    admit(inputs, cloud);
    const created = openDatabase(cloud, { ...instanceSpec(inputs, cloud), resourceId: id });
    for (const note of versionNote(created, engineVersionOf(inputs, cloud))) operation.status(note);
    await created.create((message) => operation.status(message), signal);
    return outputs(operation, created);
  },

  async update(operation) {
    const { cloud, inputs, priorInputs } = operation;
    const changed = opened({ ...operation, inputs: priorInputs }, cloud);
    const spec = instanceSpec(inputs, cloud);
    if (spec.port !== changed.spec.port) return reopened(operation);
    if (changed.spec.source !== undefined && spec.source === undefined) await changed.detach(spec);
    else await changed.change(spec);
    // Another class is another machine: RDS restarts the engine, which also brings waiting parameters into effect.
    if (inputs.instanceClass !== priorInputs.instanceClass) await changed.reboot();
    return outputs(operation, changed);
  },

  async delete(operation) {
    const { cloud, inputs } = operation;
    const identifier = textOf(inputs, "identifier");
    refuseDeletion(inputs, cloud);
    const doomed = opened(operation, cloud);
    if (inputs.skipFinalSnapshot !== true)
      await takeFinalSnapshot(cloud, doomed, {
        identifier: textOf(inputs, "finalSnapshotIdentifier"),
        engineVersion: engineVersionOf(inputs, cloud),
        username: textOf(inputs, "username"),
      });
    // Replicas outlive their source as instances of their own, as on RDS.
    for (const replica of replicasOf(cloud, identifier)) await replica.detach({ ...replica.spec, source: undefined });
    await doomed.destroy();
    forgetDatabase(cloud, identifier);
  },

  async read({ id, inputs }, cloud) {
    return {
      ...inputs,
      ...instanceOutputs(inputs, cloud, id, cloud.addresses.of(`rds/${textOf(inputs, "identifier")}`)),
    };
  },

  async resume(resource, cloud) {
    await opened(resource, cloud).resume();
  },

  async describe(resource, cloud) {
    const running = database(cloud, textOf(resource.inputs, "identifier"));
    return running ? describeDatabase(running, engineVersionOf(resource.inputs, cloud)) : "not running";
  },

  actions: {
    reboot: async (resource, cloud, args) =>
      act(resource, cloud, (each) => each.reboot({ failover: args.failover === true })),
    failover: async (resource, cloud) => act(resource, cloud, (each) => each.reboot({ failover: true })),
    nodes: async (resource, cloud) => act(resource, cloud, async () => undefined),
  },
};

async function act(resource: Resource, cloud: Cloud, work: (database: Database) => Promise<void>): Promise<Bag> {
  const target = opened(resource, cloud);
  await work(target);
  return { nodes: await nodesOf(target) };
}

/** The running database of a resource; opened from what is on disk when it is not. */
function opened(resource: Pick<Resource, "id" | "inputs">, cloud: Cloud): Database {
  const { id, inputs } = resource;
  return (
    database(cloud, textOf(inputs, "identifier")) ??
    openDatabase(cloud, { ...instanceSpec(inputs, cloud), resourceId: id })
  );
}

/** Another port is another set of servers over the same data. */
async function reopened(operation: Operation): Promise<Bag> {
  const { cloud, inputs } = operation;
  const identifier = textOf(inputs, "identifier");
  await database(cloud, identifier)?.close();
  forgetDatabase(cloud, identifier);
  const again = opened(operation, cloud);
  await again.resume();
  for (const replica of replicasOf(cloud, identifier)) await replica.change(replica.spec);
  return outputs(operation, again);
}

function outputs({ cloud, id, inputs }: Operation, of: Database): Bag {
  return instanceOutputs(inputs, cloud, id, of.endpoint);
}

/** What RDS can only tell when the instance is really created. */
function admit(inputs: Bag, cloud: Cloud): void {
  const source = sourceIdentifier(inputs.replicateSourceDb);
  if (source !== undefined && !findInstance(cloud, source))
    throw new Refusal("DBInstanceNotFound", `source instance '${source}' was not found`);
  const snapshot = inputs.snapshotIdentifier;
  if (typeof snapshot === "string" && !findSnapshot(cloud, snapshot))
    throw new Refusal("DBSnapshotNotFound", `snapshot '${snapshot}' was not found`);
  const problems = instanceProblems(inputs, { cloud });
  if (problems.length > 0)
    throw new Refusal(
      "InvalidParameterCombination",
      problems.map(({ property, reason }) => `${property}: ${reason}`).join("; "),
    );
}

function refuseDeletion(inputs: Bag, cloud: Cloud): void {
  const identifier = textOf(inputs, "identifier");
  if (inputs.deletionProtection === true)
    throw new Refusal(
      "InvalidParameterCombination",
      `cannot delete protected DB instance '${identifier}': set deletionProtection to false, update, and try again`,
    );
  if (inputs.skipFinalSnapshot === true) return;
  if (typeof inputs.replicateSourceDb === "string")
    throw new Refusal(
      "InvalidParameterCombination",
      `a final snapshot cannot be taken of read replica '${identifier}': set skipFinalSnapshot to true`,
    );
  if (typeof inputs.finalSnapshotIdentifier !== "string")
    throw new Refusal(
      "InvalidParameterCombination",
      `'${identifier}' needs a finalSnapshotIdentifier, or skipFinalSnapshot true, before it can be deleted`,
    );
  const taken = findSnapshot(cloud, inputs.finalSnapshotIdentifier);
  if (taken && taken.instance !== identifier)
    throw new Refusal("DBSnapshotAlreadyExists", `snapshot '${inputs.finalSnapshotIdentifier}' exists already`);
}
