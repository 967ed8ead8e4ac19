import { Client, type ClientConfig } from "pg";

import type { ThrowawayPostgres } from "./throwaway-postgres";

/** Extensions that RDS lets its master create although their control files ask for a superuser. */
const RDS_ALLOWED = [
  "create extension pg_stat_statements",
  "create schema partman",
  "create extension pg_partman with schema partman",
];

/**
 * A database whose master has what rds_superuser has: no superuser, but CREATEROLE, CREATEDB, the database, pg_monitor
 * with the right to pass it on, and the extensions that RDS would let it create.
 */
export async function createRdsLikeDatabase(
  server: ThrowawayPostgres,
  database: string,
  master = "plinth_master",
): Promise<ClientConfig> {
  const password = "throwaway-master";
  const admin = new Client(server.superuser);
  await admin.connect();
  try {
    const found = await admin.query("select from pg_roles where rolname = $1", [master]);
    if (found.rowCount === 0) {
      await admin.query(`create role ${master} login createrole createdb password '${password}'`);
      await admin.query(`grant pg_monitor, pg_signal_backend to ${master} with admin option`);
    }
    await admin.query(`create database ${database} owner ${master}`);
  } finally {
    await admin.end();
  }
  const superuser = new Client(server.connection({ database }));
  await superuser.connect();
  try {
    for (const statement of RDS_ALLOWED) await superuser.query(statement);
    await superuser.query(`grant all on schema partman to ${master}`);
    await superuser.query(`grant all on all tables in schema partman to ${master}`);
    await superuser.query(`grant all on all sequences in schema partman to ${master}`);
    await superuser.query(`grant execute on all routines in schema partman to ${master}`);
  } finally {
    await superuser.end();
  }
  return server.connection({ database, user: master, password });
}
