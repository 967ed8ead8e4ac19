import type { Client } from "pg";
import { replicationUser } from "../../../processes/postgres-config";
import type { PostgresNode } from "../../../processes/postgres-node";

export interface Tenant {
  readonly username: string;
  /** Undefined: as it is in the snapshot. */
  readonly password?: string;
  readonly dbName?: string;
}

/** Roles every RDS for PostgreSQL instance has (RDS User Guide, "Understanding PostgreSQL roles and permissions"). */
const groupRoles = ["rds_superuser", "rds_iam", "rds_password", "rds_replication", "rds_reserved"];

/** Brings a fresh primary to what RDS hands over: the group roles, the master user (not a superuser), its database. Repeatable. */
export async function bootstrap(node: PostgresNode, tenant: Tenant, replicationPassword: string): Promise<void> {
  await node.session(async (client) => {
    for (const role of groupRoles) await ensureRole(client, role, "nologin");
    const monitoring = ["pg_monitor", "pg_signal_backend", ...(node.binaries.major >= 15 ? ["pg_checkpoint"] : [])];
    await client.query(
      `grant ${monitoring.join(", ")}, rds_password, rds_replication to rds_superuser with admin option`,
    );
    await ensureRole(client, replicationUser, "login replication");
    await setPassword(client, replicationUser, replicationPassword);
    await ensureRole(client, tenant.username, "login createdb createrole");
    const master = client.escapeIdentifier(tenant.username);
    await client.query(`grant rds_superuser to ${master} with admin option`);
    if (tenant.password !== undefined) await setPassword(client, tenant.username, tenant.password);
    await client.query(`alter database postgres owner to ${master}`);
    await client.query(`alter database template1 owner to ${master}`);
    if (tenant.dbName !== undefined) await ensureDatabase(client, tenant.dbName, master);
  });
}

export async function changePassword(node: PostgresNode, username: string, password: string): Promise<void> {
  await node.session((client) => setPassword(client, username, password));
}

async function ensureRole(client: Client, name: string, options: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [name]);
  if (rowCount === 0) await client.query(`create role ${client.escapeIdentifier(name)} ${options}`);
}

async function setPassword(client: Client, name: string, password: string): Promise<void> {
  // The internal session has the statement log and statistics off: the text of this statement is kept nowhere.
  await client.query(`alter role ${client.escapeIdentifier(name)} password ${client.escapeLiteral(password)}`);
}

async function ensureDatabase(client: Client, name: string, owner: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
  if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)} owner ${owner}`);
}
