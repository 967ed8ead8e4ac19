import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { renderIni, renderUserlist } from "../../../infra/pooler/pgbouncer-ini";
import { effectiveSettings } from "../../../infra/pooler/pgbouncer-settings";
import { drainCommand, startCommand } from "../../../infra/pooler/start-command";
import { unprivilegedDirectory, unprivilegedIds, writeUnprivileged } from "../../support/throwaway-postgres";

/** Every process may have an address of its own: all of 127.0.0.0/8 is local on Linux. */
const podIp = `127.${randomInt(64, 250)}.${randomInt(1, 250)}.${randomInt(1, 250)}`;
const installed =
  /PgBouncer (\d+\.\d+\.\d+)/.exec(execFileSync("pgbouncer", ["--version"], { encoding: "utf8" }))?.[1] ?? "";

describe("a real PgBouncer with the rendered configuration", () => {
  let directory = "";
  let pooler: ChildProcess;
  let log = "";

  /** The paths of a pod, moved into a directory of this test. */
  const here = (text: string) =>
    text
      .replaceAll("/run/pgbouncer/", `${directory}/`)
      .replaceAll("/etc/pgbouncer/config/", `${directory}/`)
      .replaceAll("/etc/pgbouncer/auth/", `${directory}/`)
      .replaceAll("/etc/pgbouncer/tls/", `${directory}/`)
      .replaceAll("/etc/plinth/ca/", `${directory}/`);

  beforeAll(async () => {
    directory = unprivilegedDirectory("plinth-pgbouncer-");
    const settings = effectiveSettings({});
    const { ini } = renderIni({ database: "clinic", host: "127.0.0.1", port: 1, settings, version: installed });
    writeUnprivileged(join(directory, "pgbouncer.ini"), here(ini));
    writeUnprivileged(
      join(directory, "userlist.txt"),
      renderUserlist({ plinth_monitor: "mon itor", clinic_app: 'a"b' }),
    );
    const key = join(directory, "tls.key");
    const ids = { ...unprivilegedIds(), stdio: "ignore" as const };
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        join(directory, "tls.crt"),
        "-days",
        "1",
        "-subj",
        "/CN=pooler",
      ],
      ids,
    );
    execFileSync("cp", [join(directory, "tls.crt"), join(directory, "ca.pem")], ids);
    pooler = spawn("/bin/sh", ["-c", here(startCommand(settings))], {
      ...unprivilegedIds(),
      env: { PATH: process.env["PATH"], POD_IP: podIp },
      stdio: ["ignore", "ignore", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      pooler.stderr?.on("data", (chunk: Buffer) => {
        log += chunk.toString();
        if (log.includes("process up")) resolve();
      });
      pooler.once("exit", () => reject(new Error(`pgbouncer did not start:\n${log}`)));
    });
  });

  afterAll(async () => {
    if (pooler?.exitCode === null && pooler.signalCode === null) {
      const gone = once(pooler, "exit");
      pooler.kill("SIGKILL");
      await gone;
    }
    if (directory) rmSync(directory, { recursive: true, force: true });
  });

  function consoleOf(user: string, password: string): Client {
    return new Client({
      host: podIp,
      port: 6432,
      user,
      password,
      database: "pgbouncer",
      ssl: { rejectUnauthorized: false },
    });
  }

  test("knows every setting of the version it is", () => {
    expect(log).not.toMatch(/unknown parameter|ERROR|FATAL/);
  });

  test("listens on the pod's address only", () => {
    expect(log.match(/listening on .*/g)).toEqual([`listening on ${podIp}:6432`]);
  });

  test("lets the monitoring user see figures over TLS, by SCRAM", async () => {
    const client = consoleOf("plinth_monitor", "mon itor");
    await client.connect();
    try {
      const { rows } = await client.query<{ key: string; value: string }>("show config");
      const value = (name: string) => rows.find(({ key }) => key === name)?.value;
      expect([
        value("pool_mode"),
        value("default_pool_size"),
        value("max_client_conn"),
        value("max_db_connections"),
      ]).toEqual(["transaction", "25", "1000", "30"]);
      expect([value("auth_type"), value("server_tls_sslmode"), value("client_tls_sslmode")]).toEqual([
        "scram-sha-256",
        "verify-full",
        "require",
      ]);
    } finally {
      await client.end();
    }
  });

  test("refuses a wrong password, and the application at the console", async () => {
    await expect(consoleOf("plinth_monitor", "wrong").connect()).rejects.toThrow(/password|SASL/);
    await expect(consoleOf("clinic_app", 'a"b').connect()).rejects.toThrow(/not allowed/);
  });

  test("refuses plain text", async () => {
    const client = new Client({
      host: podIp,
      port: 6432,
      user: "plinth_monitor",
      password: "mon itor",
      database: "pgbouncer",
      ssl: false,
    });
    await expect(client.connect()).rejects.toThrow(/SSL required/);
  });

  test("drains: the preStop hook returns when the process is gone", async () => {
    const gone = once(pooler, "exit");
    // Not synchronously: this process must reap the pooler, for a zombie still answers kill -0.
    await promisify(execFile)("/bin/sh", ["-c", here(drainCommand())], { timeout: 15_000 });
    const [code] = (await gone) as [number];
    expect(code).toBe(0);
  });
});
