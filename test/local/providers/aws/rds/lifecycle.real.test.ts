import { existsSync } from "node:fs";
import type { Bag } from "../../../../../local/contract";
import { fence } from "../../../../../local/processes/fence";
import { waitFor } from "../../../../../local/processes/wait";
import { closeDatabases, database } from "../../../../../local/providers/aws/rds/databases";
import { rdsInstance } from "../../../../../local/providers/aws/rds/instance";
import { textOf } from "../../../../../local/providers/aws/rds/instance-lookup";
import { rdsParameterGroup } from "../../../../../local/providers/aws/rds/parameter-group";
import { findSnapshot, snapshotData } from "../../../../../local/providers/aws/rds/snapshots";
import { createResource, deleteResource, updateResource } from "../../../../support/test-kinds";
import {
  ask,
  connect,
  createPrimary,
  createReplica,
  nodes,
  password,
  primaryInputs,
  withCloud,
} from "./database-support";

const row = (name: string, value: string, applyMethod = "immediate") => ({ name, value, applyMethod });
const group = (...parameters: Bag[]): Bag => ({ name: "main-postgres17", family: "postgres17", parameters });

test("a dynamic parameter reaches a running instance at once, a static one waits for the reboot and says so", () =>
  withCloud(async (cloud) => {
    const before = group(row("work_mem", "8192"), row("max_connections", "150", "pending-reboot"));
    const parameters = await createResource(cloud, rdsParameterGroup, before);
    const main = await createPrimary(cloud, { parameterGroupName: "main-postgres17" });
    expect(await ask(cloud, main, "show max_connections")).toEqual([{ max_connections: "150" }]);

    const after = group(row("work_mem", "16384"), row("max_connections", "120", "pending-reboot"));
    await updateResource(cloud, rdsParameterGroup, parameters, after);
    await waitFor({ what: "the new work_mem", timeoutMs: 5_000 }, async () => {
      return (await ask(cloud, main, "show work_mem"))[0]?.work_mem === "16MB";
    });
    expect(await ask(cloud, main, "show max_connections")).toEqual([{ max_connections: "150" }]);
    expect(await rdsInstance.describe?.(main, cloud)).toContain("pending-reboot: max_connections");

    process.kill((await nodes(cloud, main))[0]?.pid ?? 0, "SIGKILL");
    await waitFor(
      { what: "the restart", timeoutMs: 10_000 },
      async () => (await ask(cloud, main, "select 1")).length === 1,
    );
    expect(await ask(cloud, main, "show max_connections")).toEqual([{ max_connections: "150" }]);

    await rdsInstance.actions?.reboot?.(main, cloud, {});
    expect(await ask(cloud, main, "show max_connections")).toEqual([{ max_connections: "120" }]);
    expect(await rdsInstance.describe?.(main, cloud)).toContain("parameters in-sync");
  }));

test("a parameter group in use is not deleted; one that nobody uses is", () =>
  withCloud(async (cloud) => {
    const parameters = await createResource(cloud, rdsParameterGroup, group());
    const main = await createPrimary(cloud, { parameterGroupName: "main-postgres17" });
    await expect(deleteResource(cloud, rdsParameterGroup, parameters)).rejects.toThrow(
      /InvalidDBParameterGroupState: parameter group 'main-postgres17' is in use by main/,
    );
    await updateResource(cloud, rdsInstance, main, primaryInputs);
    await deleteResource(cloud, rdsParameterGroup, parameters);
  }));

test("rds.force_ssl 0 lets plain sessions in, and rds.logical_replication raises wal_level at the reboot", () =>
  withCloud(async (cloud) => {
    await createResource(
      cloud,
      rdsParameterGroup,
      group(row("rds.force_ssl", "0"), row("rds.logical_replication", "1", "pending-reboot")),
    );
    const main = await createPrimary(cloud, { parameterGroupName: "main-postgres17" });
    const client = await connect(cloud, main, { ssl: false });
    expect((await client.query("show wal_level")).rows).toEqual([{ wal_level: "logical" }]);
    await client.end();
  }));

test("deletion obeys protection, asks for a final snapshot or an explicit no, and takes the snapshot for real", () =>
  withCloud(async (cloud) => {
    let main = await createPrimary(cloud, { deletionProtection: true, skipFinalSnapshot: false });
    await ask(cloud, main, "create table kept as select 42 as answer");
    await expect(deleteResource(cloud, rdsInstance, main)).rejects.toThrow(
      /cannot delete protected DB instance 'main'/,
    );
    main = await updateResource(cloud, rdsInstance, main, { ...primaryInputs, skipFinalSnapshot: false });
    await expect(deleteResource(cloud, rdsInstance, main)).rejects.toThrow(/needs a finalSnapshotIdentifier/);
    main = await updateResource(cloud, rdsInstance, main, {
      ...primaryInputs,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "main-final",
    });
    await deleteResource(cloud, rdsInstance, main);
    expect(findSnapshot(cloud, "main-final")?.instance).toBe("main");
    expect(existsSync(snapshotData(cloud, "main-final"))).toBe(true);
    expect(cloud.processes.list()).toEqual([]);

    const restored = await createPrimary(cloud, { identifier: "restored", snapshotIdentifier: "main-final" });
    expect(await ask(cloud, restored, "select answer from kept")).toEqual([{ answer: 42 }]);
    const again = await updateResource(cloud, rdsInstance, restored, {
      ...restored.inputs,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "main-final",
    });
    await expect(deleteResource(cloud, rdsInstance, again)).rejects.toThrow(/DBSnapshotAlreadyExists/);
  }));

test("a new master password and a larger class reach the database", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { password: "first-password-1" });
    await expect(ask(cloud, main, "select 1")).rejects.toThrow(/password authentication failed/);
    const connections = async () => Number((await ask(cloud, main, "show max_connections"))[0]?.max_connections);
    await updateResource(cloud, rdsInstance, main, { ...primaryInputs, password });
    const small = await connections();
    await updateResource(cloud, rdsInstance, main, { ...primaryInputs, instanceClass: "db.t4g.large" });
    expect(await connections()).toBeGreaterThan(small * 1.5);
  }));

test("Multi-AZ can be switched on and off while the instance runs", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud);
    await updateResource(cloud, rdsInstance, main, { ...primaryInputs, multiAz: true });
    expect((await nodes(cloud, main)).map(({ role }) => role)).toEqual(["primary", "standby (in sync)"]);
    await updateResource(cloud, rdsInstance, main, primaryInputs);
    expect(await nodes(cloud, main)).toHaveLength(1);
    await ask(cloud, main, "create table still_writable (id int)");
  }));

test("after the death of everything the next local cloud brings primary, standby and replica back with all data", () =>
  withCloud(async (cloud) => {
    const main = await createPrimary(cloud, { multiAz: true });
    const replica = await createReplica(cloud);
    await ask(cloud, main, "create table kept as select generate_series(1, 500) as id");
    const before = await nodes(cloud, main);
    const directories = [main, replica].flatMap((resource) =>
      Object.values(database(cloud, textOf(resource.inputs, "identifier"))?.nodes ?? {}).map(
        (node) => node.dataDirectory,
      ),
    );
    // The supervisor is gone: nobody reacts to the deaths any more.
    const watchers = [...cloud.processes.list()];
    const dead = closeDatabases(cloud);
    for (const running of watchers) running.signal("SIGKILL");
    await dead;
    await Promise.all(directories.map(fence));

    const next = await cloud.reopen();
    try {
      for (const resource of [replica, main]) await rdsInstance.resume?.(resource, next);
      expect(await ask(next, main, "select count(*)::int as n from kept")).toEqual([{ n: 500 }]);
      await waitFor(
        { what: "the standby in sync", timeoutMs: 30_000 },
        () => database(next, "main")?.state.inSync === true,
      );
      const after = await nodes(next, main);
      expect(after[0]).toMatchObject({ node: before[0]?.node, address: before[0]?.address });
      await ask(next, main, "insert into kept values (501)");
      await waitFor({ what: "the replica caught up", timeoutMs: 20_000 }, async () => {
        return (await ask(next, replica, "select count(*)::int as n from kept"))[0]?.n === (501 as unknown);
      });
    } finally {
      await closeDatabases(next);
      await next.processes.close(5_000);
    }
  }));

test("a creation that was cut short is finished by the next one", () =>
  withCloud(async (cloud) => {
    const controller = new AbortController();
    const inputs = { ...primaryInputs };
    const operation = { cloud, urn: "urn:x::main", name: "main", id: "db-AAAAAAAAAAAAAAAAAAAAAAAAAA", inputs };
    const first = rdsInstance.create({
      ...operation,
      signal: controller.signal,
      status: (message) => {
        if (message.startsWith("creating")) setTimeout(() => controller.abort(), 100);
      },
    });
    await expect(first).rejects.toThrow();
    const main = await createPrimary(cloud);
    expect(await ask(cloud, main, "select 1 as one")).toEqual([{ one: 1 }]);
  }));
