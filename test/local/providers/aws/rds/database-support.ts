import { Client } from "pg";
import { rdsInstance } from "../../../../../local/providers/aws/rds/instance";
import { textOf } from "../../../../../local/providers/aws/rds/instance-lookup";
import { closeDatabases } from "../../../../../local/providers/aws/rds/databases";
import type { Bag, Resource } from "../../../../../local/contract";
import { TestCloud } from "../../../../support/test-cloud";
import { createResource } from "../../../../support/test-kinds";

export const password = "correct-horse.battery_staple";

/** Inputs of a small primary that anything may be changed about. */
export const primaryInputs: Bag = {
  identifier: "main",
  engine: "postgres",
  engineVersion: "17",
  instanceClass: "db.t4g.medium",
  allocatedStorage: 20,
  storageType: "gp3",
  dbName: "clinic",
  username: "clinic_admin",
  password,
  backupRetentionPeriod: 7,
  skipFinalSnapshot: true,
};

export const replicaInputs: Bag = {
  identifier: "main-replica-1",
  replicateSourceDb: "main",
  instanceClass: "db.t4g.medium",
  skipFinalSnapshot: true,
};

/** A cloud whose databases are stopped and whose directory is removed afterwards, whatever happens. */
export async function withCloud(work: (cloud: TestCloud) => Promise<void>): Promise<void> {
  const cloud = await TestCloud.open();
  try {
    await work(cloud);
  } finally {
    await closeDatabases(cloud);
    await cloud.close();
  }
}

export async function createPrimary(cloud: TestCloud, changes: Bag = {}): Promise<Resource> {
  return createResource(cloud, rdsInstance, { ...primaryInputs, ...changes }, { name: "main" });
}

export async function createReplica(cloud: TestCloud, changes: Bag = {}): Promise<Resource> {
  return createResource(cloud, rdsInstance, { ...replicaInputs, ...changes }, { name: "replica" });
}

/** A session as an application opens it: over TCP, the server's certificate verified. */
export async function connect(cloud: TestCloud, instance: Resource, options: { ssl?: boolean } = {}): Promise<Client> {
  const client = new Client({
    host: textOf(instance.outputs, "address"),
    port: Number(instance.outputs.port),
    user: "clinic_admin",
    password,
    database: "clinic",
    ssl: options.ssl === false ? false : { ca: cloud.authority.certificatePem, rejectUnauthorized: true },
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined); // its server dies in these tests
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

/** One statement on a session of its own. */
export async function ask(cloud: TestCloud, instance: Resource, text: string): Promise<Record<string, string>[]> {
  const client = await connect(cloud, instance);
  try {
    return (await client.query<Record<string, string>>(text)).rows;
  } finally {
    await client.end();
  }
}

export interface NodeRow {
  readonly node: string;
  readonly role: string;
  readonly address: string;
  readonly pid: number;
  readonly lsn: string;
}

/** What the `nodes` action reports. */
export async function nodes(cloud: TestCloud, instance: Resource): Promise<NodeRow[]> {
  const report = await rdsInstance.actions?.nodes?.(instance, cloud, {});
  return report?.nodes as unknown as NodeRow[];
}
