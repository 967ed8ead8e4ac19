import { rdsInstance } from "../../../../../local/providers/aws/rds/instance";
import { textOf } from "../../../../../local/providers/aws/rds/instance-lookup";
import { waitFor } from "../../../../../local/processes/wait";
import { ask, connect, createPrimary, createReplica, nodes, withCloud } from "./database-support";

test("an instance answers over verified TLS with the version, address and database it was asked for", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    expect(main.outputs).toMatchObject({
      endpoint: `${textOf(main.outputs, "address")}:5432`,
      engineVersion: "17",
      status: "available",
      resourceId: main.id,
      arn: "arn:aws:rds:eu-central-1:000000000000:db:main",
      parameterGroupName: "default.postgres17",
    });
    expect(main.id).toMatch(/^db-[0-9A-Z]{26}$/);
    const [row] = await ask(
      cloud,
      main,
      "select current_database() as database, ssl, version from pg_stat_ssl where pid = pg_backend_pid()",
    );
    expect(row).toMatchObject({ database: "clinic", ssl: true });
    expect(row?.version).toMatch(/^TLSv1\.[23]$/);
    expect(await rdsInstance.describe?.(main, cloud)).toMatch(/^available; primary a on .*stands in for 17/);
  }));

test("a session without TLS is refused while rds.force_ssl is on, which it is by default", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    await expect(connect(cloud, main, { ssl: false })).rejects.toThrow(/pg_hba.conf rejects connection.*no encryption/);
  }));

test("the master user is no superuser, cannot read password verifiers, and creates the extensions RDS allows", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    const client = await connect(cloud, main);
    try {
      const { rows } = await client.query(
        "select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user",
      );
      expect(rows).toEqual([{ rolsuper: false, rolcreaterole: true, rolcreatedb: true }]);
      await expect(client.query("select * from pg_shadow")).rejects.toThrow(/permission denied/);
      await client.query("create schema if not exists partman");
      await client.query("create extension if not exists pg_partman with schema partman");
      for (const extension of ["pg_stat_statements", "pg_trgm", "btree_gist"])
        await client.query(`create extension if not exists ${extension}`);
      await client.query(
        "create table visits (id bigint not null, at timestamptz not null, primary key (id, at)) partition by range (at)",
      );
      await client.query("select partman.create_parent('public.visits', 'at', 'native', 'monthly')");
      await client.query("update partman.part_config set retention = '7 years'");
      await client.query("call partman.run_maintenance_proc()");
      const { rows: partitions } = await client.query(
        "select count(*)::int from pg_inherits where inhparent = 'visits'::regclass",
      );
      expect((partitions as { count: number }[])[0]?.count).toBeGreaterThanOrEqual(8);
      await expect(client.query("create extension adminpack")).rejects.toThrow(/permission denied/);
      await expect(client.query("select pg_stat_statements_reset()")).resolves.toBeDefined();
    } finally {
      await client.end();
    }
  }));

test("nobody reaches the cloud's own superuser over TCP", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    const { Client } = await import("pg");
    const client = new Client({
      host: textOf(main.outputs, "address"),
      port: 5432,
      user: "rdsadmin",
      password: "x",
      database: "postgres",
      ssl: { ca: cloud.authority.certificatePem },
    });
    await expect(client.connect()).rejects.toThrow(/pg_hba.conf rejects/);
    await client.end().catch(() => undefined);
  }));

test("a replica streams what its source commits and refuses writes", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    const replica = await createReplica(cloud);
    await ask(cloud, main, "create table notes as select generate_series(1, 1000) as id");
    await waitFor({ what: "the rows on the replica", timeoutMs: 5_000 }, async () => {
      const [row] = await ask(cloud, replica, "select count(*) from notes");
      return row?.count === "1000";
    });
    await expect(ask(cloud, replica, "insert into notes values (0)")).rejects.toThrow(/read-only transaction/);
    expect((await rdsInstance.read?.(main, cloud))?.replicas).toEqual(["main-replica-1"]);
    expect((await nodes(cloud, replica))[0]?.role).toBe("replica");
  }));
