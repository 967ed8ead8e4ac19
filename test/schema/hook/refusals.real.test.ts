import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";

import type { ClientConfig } from "pg";

import { HookBundle } from "../../support/hook-bundle";
import { queryAs, withClient } from "../../support/query-as";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import {
  freePort,
  startThrowawayPostgres,
  unprivilegedDirectory,
  unprivilegedIds,
  writeUnprivileged,
  type ThrowawayPostgres,
} from "../../support/throwaway-postgres";
import { waitUntil } from "../../support/wait-until";

const nothing = { version: 1 as const, application: "nothing" };

interface Pooler {
  port: number;
  stop: () => Promise<void>;
}

async function startPgbouncer(master: ClientConfig): Promise<Pooler> {
  const directory = unprivilegedDirectory("plinth-pgbouncer-");
  const port = await freePort("127.0.0.1");
  writeUnprivileged(join(directory, "users.txt"), `"${String(master.user)}" "${String(master.password)}"\n`);
  writeUnprivileged(
    join(directory, "pgbouncer.ini"),
    [
      "[databases]",
      `${String(master.database)} = host=${String(master.host)} port=${String(master.port)}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${port}`,
      "unix_socket_dir =",
      "auth_type = scram-sha-256",
      `auth_file = ${join(directory, "users.txt")}`,
      "pool_mode = transaction",
      "",
    ].join("\n"),
  );
  const child: ChildProcess = spawn("/usr/sbin/pgbouncer", [join(directory, "pgbouncer.ini")], {
    ...unprivilegedIds(),
    cwd: directory,
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    port,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

describe("the hook refuses what cannot do the work", () => {
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;
  let bundle: HookBundle;
  let environment: Record<string, string>;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    master = await createRdsLikeDatabase(postgres, "app");
    bundle = new HookBundle();
    environment = { PLINTH_MANIFEST: bundle.writeManifest("nothing", nothing) };
  });

  afterAll(async () => {
    bundle?.dispose();
    await postgres?.stop();
  });

  it("a standby, naming it", async () => {
    const standby = await startThrowawayPostgres({ standbyOf: postgres });
    try {
      const run = await bundle.run({ ...master, port: standby.port }, environment);
      expect(run.lines.at(-1)).toContain(
        `error: This is a standby: it takes no writes (got: 127.0.0.1:${standby.port}/app)`,
      );
      expect(run.code).toBe(1);
    } finally {
      await standby.stop();
    }
  });

  it("a transaction pooler, naming it", async () => {
    const pooler = await startPgbouncer(master);
    try {
      const through = { ...master, port: pooler.port };
      await waitUntil("pgbouncer answers", () =>
        queryAs(through, "select 1").then(
          () => true,
          () => false,
        ),
      );
      const run = await bundle.run(through, environment);
      expect(run.lines.at(-1)).toContain("error: A connection pooler stands between the hook and the database");
      expect(run.code).toBe(1);
    } finally {
      await pooler.stop();
    }
  });

  it("a second runner, naming the first, when that does not finish in time", async () => {
    await withClient(master, async (other) => {
      await other.query("select pg_advisory_lock(123614021809256)");
      const run = await bundle.run(master, { ...environment, PLINTH_RUNNER_WAIT_SECONDS: "1" });
      expect(run.output).toMatch(/waiting +for another runner: pid \d+ \(plinth_master from 127\.0\.0\.1, since/);
      expect(run.lines.at(-1)).toContain("error: Another runner is at work on this database: pid");
      expect(run.code).toBe(1);
    });
  });

  it("not a second runner when the first finishes in time", async () => {
    await withClient(master, async (other) => {
      await other.query("select pg_advisory_lock(123614021809256)");
      const hook = bundle.start(master, environment);
      await hook.until(/waiting +for another runner/);
      await other.query("select pg_advisory_unlock_all()");
      expect((await hook.ended).code).toBe(0);
    });
  });

  it("to wait on once it is told to stop, whatever it waits for", async () => {
    await withClient(master, async (other) => {
      await other.query("select pg_advisory_lock(123614021809256)");
      const hook = bundle.start(master, environment);
      await hook.until(/waiting +for another runner/);
      hook.child.kill("SIGTERM");
      expect(await hook.ended).toMatchObject({
        code: 1,
        signal: null,
        output: expect.stringContaining("error: Stopped by SIGTERM") as string,
      });
    });
    const nowhere = bundle.start({ ...master, port: await freePort("127.0.0.1") }, environment);
    await nowhere.until(/waiting +for 127/);
    nowhere.child.kill("SIGTERM");
    expect(await nowhere.ended).toMatchObject({
      code: 1,
      output: expect.stringContaining("before anything was done") as string,
    });
  });

  it("a database that does not answer within the deadline", async () => {
    const run = await bundle.run(
      { ...master, port: await freePort("127.0.0.1") },
      { ...environment, PLINTH_START_DEADLINE_SECONDS: "1" },
    );
    expect(run.output).toMatch(/waiting +for 127\.0\.0\.1:\d+\/app: ECONNREFUSED/);
    expect(run.lines.at(-1)).toContain("error: The database did not answer within 1 s: ECONNREFUSED");
    expect(run.code).toBe(1);
  });

  it("a server that accepts but never speaks, within the deadline", async () => {
    const mute: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const address = mute.address();
    try {
      const port = typeof address === "object" && address ? address.port : 0;
      const run = await bundle.run({ ...master, port }, { ...environment, PLINTH_START_DEADLINE_SECONDS: "1" });
      expect(run.lines.at(-1)).toContain("did not answer within 1 s");
    } finally {
      mute.close();
    }
  });

  it("a wrong password at once, without waiting for the deadline and without repeating it", async () => {
    const started = Date.now();
    const run = await bundle.run({ ...master, password: "canary-password" }, environment);
    expect(run.lines.at(-1)).toContain("error: Cannot connect: 28P01");
    expect(run.output).not.toContain("canary-password");
    expect(Date.now() - started).toBeLessThan(5000);
  });

  it("a manifest with problems, listing them all", async () => {
    const broken = bundle.writeManifest("broken", { version: 1, application: "Clinic", tables: [{ name: "a b" }] });
    const run = await bundle.run(master, { PLINTH_MANIFEST: broken });
    expect(run.output).toContain("The schema manifest has 2 problems:");
    expect(run.output).toContain("application: must be a lower-case name");
    expect(run.output).toContain("tables.0.name: must be a plain identifier");
    expect(run.code).toBe(1);
  });

  it("a password directory that lacks a role's file, naming the role", async () => {
    const manifest = bundle.writeManifest("roles", { ...nothing, roles: [{ name: "app_role", login: true }] });
    const run = await bundle.run(master, { PLINTH_MANIFEST: manifest, PLINTH_ROLE_PASSWORDS: bundle.directory });
    expect(run.lines.at(-1)).toContain("error: There is no password for role app_role");
    expect(run.code).toBe(1);
  });

  it("an unknown argument", async () => {
    const run = await bundle.run(master, environment, ["destroy"]);
    expect(run.lines.at(-1)).toContain("error: Unknown arguments (got: destroy)");
  });
});
