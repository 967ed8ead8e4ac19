import type { Bag } from "../../../../../local/contract";
import { UNKNOWN } from "../../../../../local/contract";
import { rdsInstance } from "../../../../../local/providers/aws/rds/instance";
import { instanceType, parameterGroupType, textOf } from "../../../../../local/providers/aws/rds/instance-lookup";
import { rdsParameterGroup } from "../../../../../local/providers/aws/rds/parameter-group";
import { rdsSubnetGroup } from "../../../../../local/providers/aws/rds/subnet-group";
import { compareVersions } from "../../../../../local/providers/aws/rds/version-problems";
import { TestCloud } from "../../../../support/test-cloud";
import { checkInputs, diffResource, InputsRefused } from "../../../../support/test-kinds";
import { primaryInputs, replicaInputs } from "./database-support";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await TestCloud.open({ mode: "paper" });
});
afterEach(() => cloud.close());

function holdInstance(inputs: Bag): void {
  const resource = {
    type: instanceType,
    id: `db-${textOf(inputs, "identifier")}`,
    urn: "urn:x::y",
    phase: "ready" as const,
  };
  cloud.hold({ ...resource, inputs, outputs: inputs, createdAt: "2026-11-23T00:00:00Z" });
}

function holdGroup(name: string, family: string, parameters: Bag[] = []): void {
  const inputs = { name, family, parameters };
  const resource = { type: parameterGroupType, id: name, urn: "urn:x::z", phase: "ready" as const };
  cloud.hold({ ...resource, inputs, outputs: inputs, createdAt: "2026-11-23T00:00:00Z" });
}

function refused(inputs: Bag, prior?: Bag): string[] {
  try {
    checkInputs(cloud, rdsInstance, inputs, { id: prior ? "db-main" : undefined, prior });
    return [];
  } catch (error) {
    if (error instanceof InputsRefused) return error.problems.map(({ property, reason }) => `${property}: ${reason}`);
    throw error;
  }
}

test("a plain primary and a plain replica of it are accepted", () => {
  expect(refused(primaryInputs)).toEqual([]);
  holdInstance(primaryInputs);
  expect(refused(replicaInputs)).toEqual([]);
});

const wrong: readonly (readonly [string, Bag, RegExp])[] = [
  [
    "an instance class that does not exist",
    { instanceClass: "db.z9.nano" },
    /^instanceClass: .*is not an instance class/,
  ],
  ["a missing password", { password: null }, /^password: is required/],
  ["a password with an at sign", { password: "p@ssw0rd-123" }, /^password: may not hold/],
  ["a reserved master name", { username: "rdsadmin" }, /^username: is a reserved name/],
  ["an engine that is not PostgreSQL", { engine: "mysql" }, /^engine: the local cloud runs engine 'postgres' only/],
  ["storage under the minimum", { allocatedStorage: 10 }, /^allocatedStorage: .*begins at 20 GiB/],
  ["an autoscaling ceiling under the size", { maxAllocatedStorage: 19 }, /^maxAllocatedStorage: must be at least/],
  ["gp3 iops under 400 GiB", { iops: 6000 }, /^iops: .*gp3 storage under 400 GiB/],
  ["throughput without gp3", { storageType: "gp2", storageThroughput: 250 }, /^storageThroughput: .*only gp3/],
  ["io2 without iops", { storageType: "io2" }, /^iops: .*io2 storage needs iops/],
  ["monitoring without a role", { monitoringInterval: 60 }, /^monitoringRoleArn: .*needs a role/],
  ["an odd monitoring interval", { monitoringInterval: 7 }, /^monitoringInterval: must be one of 0, 1, 5/],
  ["a key without encryption", { kmsKeyId: "arn:aws:kms:eu-central-1:0:key/x" }, /^kmsKeyId: .*needs storageEncrypted/],
  ["a wrong window", { backupWindow: "3-4" }, /^backupWindow: must look like/],
  ["an identifier with a trailing hyphen", { identifier: "main-" }, /^identifier: may not end with a hyphen/],
  ["a property that is not modelled", { blueGreenUpdate: { enabled: true } }, /Unrecognized key: "blueGreenUpdate"/],
  [
    "the default group of another version",
    { parameterGroupName: "default.postgres16" },
    /^parameterGroupName: .*family postgres16/,
  ],
];
test.each(wrong)("%s is refused with the property named", (_, changes, message) => {
  const properties: Bag = { ...primaryInputs, ...changes };
  for (const [name, value] of Object.entries(changes)) if (value === null) delete properties[name];
  expect(refused(properties)).toEqual([expect.stringMatching(message) as string]);
});

test("a replica of an instance without backups is refused", () => {
  holdInstance({ ...primaryInputs, backupRetentionPeriod: 0 });
  expect(refused(replicaInputs)).toEqual([
    expect.stringMatching(/^replicateSourceDb: .*backupRetentionPeriod greater than 0/),
  ]);
});

test("what a replica inherits cannot be given", () => {
  holdInstance(primaryInputs);
  expect(refused({ ...replicaInputs, username: "someone", dbName: "x" })).toEqual([
    expect.stringMatching(/^username: cannot be given for a read replica/),
    expect.stringMatching(/^dbName: cannot be given/),
  ]);
});

test("a replica with fewer connections than its source is refused, naming the parameter and both values", () => {
  holdGroup("source", "postgres17", [{ name: "max_connections", value: "500", applyMethod: "pending-reboot" }]);
  holdGroup("replica", "postgres17", [{ name: "max_connections", value: "200", applyMethod: "pending-reboot" }]);
  holdInstance({ ...primaryInputs, parameterGroupName: "source" });
  expect(refused({ ...replicaInputs, parameterGroupName: "replica" })).toEqual([
    expect.stringMatching(/^parameterGroupName: max_connections would be 200 on the replica and is 500 on its source/),
  ]);
  expect(refused({ ...replicaInputs, parameterGroupName: "source" })).toEqual([]);
});

test("storage never shrinks, but a declared size under the grown one is fine with autoscaling", () => {
  const prior = { ...primaryInputs, allocatedStorage: 100 };
  expect(refused({ ...primaryInputs, allocatedStorage: 50 }, prior)).toEqual([
    expect.stringMatching(/^allocatedStorage: .*storage cannot shrink: it has 100 GiB, 50 were asked for/),
  ]);
  const growing = { ...primaryInputs, allocatedStorage: 50, maxAllocatedStorage: 500 };
  expect(refused(growing, prior)).toEqual([]);
  expect(diffResource(cloud, rdsInstance, { ...prior, maxAllocatedStorage: 500 }, growing)).toEqual([]);
});

test("replicas upgrade before their source, and nothing is downgraded", () => {
  const prior = { ...primaryInputs, engineVersion: "17.4" };
  holdInstance(prior);
  holdInstance({ ...replicaInputs, engineVersion: "17.4" });
  expect(refused({ ...primaryInputs, engineVersion: "17.6" }, prior)).toEqual([
    expect.stringMatching(/^engineVersion: DBUpgradeDependencyFailure: .*main-replica-1.*upgraded to 17.6 before/),
  ]);
  expect(refused({ ...primaryInputs, engineVersion: "17.2" }, prior)).toEqual([
    expect.stringMatching(/cannot downgrade from 17.4 to 17.2/),
  ]);
  expect(refused({ ...primaryInputs, engineVersion: "18.1" }, prior)).toEqual([
    expect.stringMatching(/major upgrade; it needs allowMajorVersionUpgrade/),
  ]);
});

test("backups cannot be switched off while there are replicas", () => {
  holdInstance(primaryInputs);
  holdInstance(replicaInputs);
  expect(refused({ ...primaryInputs, backupRetentionPeriod: 0 }, primaryInputs)).toEqual([
    expect.stringMatching(/^backupRetentionPeriod: .*main-replica-1/),
  ]);
});

test("a group of another family than the engine version is refused, one that is not known yet is not", () => {
  holdGroup("old", "postgres16");
  expect(refused({ ...primaryInputs, parameterGroupName: "old" })).toEqual([
    expect.stringMatching(/^parameterGroupName: .*'old' is of family postgres16/),
  ]);
  expect(refused({ ...primaryInputs, parameterGroupName: "of-this-update" })).toEqual([]);
});

test.each([
  ["dbName", "other", true],
  ["username", "someone_else", true],
  ["storageEncrypted", true, true],
  ["availabilityZone", "eu-central-1b", true],
  ["instanceClass", "db.t4g.large", false],
  ["allocatedStorage", 40, false],
  ["password", "another-password-1", false],
  ["multiAz", true, false],
  ["parameterGroupName", "other", false],
])("a change of %s to %p replaces the instance: %p", (property, value, replace) => {
  expect(diffResource(cloud, rdsInstance, primaryInputs, { ...primaryInputs, [property]: value })).toEqual([
    { path: property, replace },
  ]);
});

test("an identifier is made up from the name of the resource when there is none", () => {
  const filled = checkInputs(
    cloud,
    rdsInstance,
    { ...primaryInputs, identifier: undefined as unknown as null },
    { name: "Main" },
  );
  expect(filled.identifier).toMatch(/^main-[0-9a-f]{7}$/);
});

test("inputs that are not known before the update are no reason to refuse", () => {
  const inputs = {
    ...primaryInputs,
    parameterGroupName: UNKNOWN,
    vpcSecurityGroupIds: [UNKNOWN],
    dbSubnetGroupName: UNKNOWN,
  };
  expect(refused(inputs)).toEqual([]);
});

test("a group takes its rows in any order, and a change of nothing but the apply method is none", () => {
  const one = { name: "work_mem", value: "8192", applyMethod: "immediate" };
  const two = { name: "autovacuum", value: "1", applyMethod: "immediate" };
  const base = { name: "g", family: "postgres17" };
  const olds = { ...base, parameters: [one, two] };
  expect(diffResource(cloud, rdsParameterGroup, olds, { ...base, parameters: [two, one] })).toEqual([]);
  const delayed = { ...base, parameters: [{ ...one, applyMethod: "pending-reboot" }, two] };
  expect(diffResource(cloud, rdsParameterGroup, olds, delayed)).toEqual([]);
  const changed = { ...base, parameters: [{ ...one, value: "4096" }, two] };
  expect(diffResource(cloud, rdsParameterGroup, olds, changed)).toEqual([
    { path: "parameters[0].value", replace: false },
  ]);
  expect(diffResource(cloud, rdsParameterGroup, olds, { ...olds, family: "postgres16" })).toEqual([
    { path: "family", replace: true },
  ]);
});

test("a subnet group needs two subnets", () => {
  expect(() => checkInputs(cloud, rdsSubnetGroup, { name: "data", subnetIds: ["subnet-1"] })).toThrow(
    /at least two availability zones/,
  );
});

test("versions compare by number, and a major alone stands for all its minors", () => {
  expect(compareVersions("17.10", "17.9")).toBeGreaterThan(0);
  expect(compareVersions("16.9", "17.1")).toBeLessThan(0);
  expect(compareVersions("17", "17.6")).toBe(0);
});
