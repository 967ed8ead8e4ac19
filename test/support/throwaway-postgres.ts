import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { Client, type ClientConfig } from "pg";

const READY_WITHIN_MS = 30_000;

export interface ThrowawayPostgres {
  host: string;
  port: number;
  directory: string;
  pid: number;
  superuser: ClientConfig;
  /** Connection of the same server for another database or role. */
  connection: (change: Partial<ClientConfig>) => ClientConfig;
  stop: () => Promise<void>;
}

export interface ThrowawayOptions {
  /** Lines of postgresql.conf, e.g. { shared_buffers: "256MB" }. */
  settings?: Record<string, string>;
  /** Server certificate and key (PEM): the server then offers TLS. */
  tls?: { certificate: string; key: string };
  /** Clone this running primary as a streaming standby instead of making a new cluster. */
  standbyOf?: ThrowawayPostgres;
}

const SUPERUSER = { user: "postgres", password: "throwaway-superuser" };

/** Newest installed server, or the one on PATH. */
export function postgresBinary(name: string): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, "bin", name)).find((path) => existsSync(path));
  return found ?? name;
}

/** Postgres and PgBouncer refuse root: as root they run as the user postgres. */
export function unprivilegedIds(): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** A new directory that the unprivileged user may enter and write. */
export function unprivilegedDirectory(prefix: string): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  const { uid, gid } = unprivilegedIds();
  if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid);
  chmodSync(directory, 0o700);
  return directory;
}

export function writeUnprivileged(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  const { uid, gid } = unprivilegedIds();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

export async function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

function makeCluster(directory: string, options: ThrowawayOptions): void {
  const primary = options.standbyOf;
  const ids = { ...unprivilegedIds(), stdio: "pipe" as const, cwd: directory };
  const data = join(directory, "data");
  if (primary !== undefined) {
    const environment = { ...process.env, PGPASSWORD: SUPERUSER.password };
    const from = ["-h", primary.host, "-p", String(primary.port), "-U", SUPERUSER.user];
    execFileSync(postgresBinary("pg_basebackup"), [...from, "-D", data, "-R", "-X", "stream", "-c", "fast"], {
      ...ids,
      env: environment,
    });
    return;
  }
  const passwordFile = join(directory, "superuser-password");
  writeUnprivileged(passwordFile, SUPERUSER.password);
  execFileSync(
    postgresBinary("initdb"),
    [
      "-D",
      data,
      "-U",
      SUPERUSER.user,
      `--pwfile=${passwordFile}`,
      "-A",
      "scram-sha-256",
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
      "-N",
    ],
    ids,
  );
}

async function untilReady(server: ChildProcess, config: ClientConfig, log: () => string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}:\n${log()}`);
    const client = new Client(config);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (Date.now() > deadline)
        throw new Error(`postgres was not ready within ${READY_WITHIN_MS} ms:\n${log()}`, { cause: error });
      await pause(50);
    }
  }
}

/**
 * A real, private Postgres on a free port of a loopback address, with SCRAM passwords as on RDS. Not durable: it is
 * thrown away by `stop`, which the caller must run in a finally or afterAll.
 */
export async function startThrowawayPostgres(options: ThrowawayOptions = {}): Promise<ThrowawayPostgres> {
  const host = "127.0.0.1";
  const port = await freePort(host);
  const directory = unprivilegedDirectory("plinth-pg-");
  const settings: Record<string, string> = {
    listen_addresses: host,
    port: String(port),
    unix_socket_directories: directory,
    fsync: "off",
    shared_preload_libraries: "pg_stat_statements",
    shared_buffers: "128MB",
    max_wal_size: "4GB",
    hot_standby: "on",
    ...options.settings,
  };
  if (options.tls) {
    writeUnprivileged(join(directory, "server.crt"), options.tls.certificate);
    writeUnprivileged(join(directory, "server.key"), options.tls.key);
    Object.assign(settings, {
      ssl: "on",
      ssl_cert_file: join(directory, "server.crt"),
      ssl_key_file: join(directory, "server.key"),
    });
  }
  try {
    makeCluster(directory, options);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(postgresBinary("postgres"), ["-D", join(directory, "data"), ...args], {
    ...unprivilegedIds(),
    cwd: directory,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  server.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
  // A test run that dies without its afterAll leaves no server behind.
  const killOnExit = () => void server.kill("SIGQUIT");
  process.once("exit", killOnExit);
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const superuser: ClientConfig = { host, port, database: "postgres", ...SUPERUSER, ssl: false };
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) server.kill("SIGQUIT");
    await ended;
    process.off("exit", killOnExit);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(server, superuser, () => log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    port,
    directory,
    pid: server.pid ?? 0,
    superuser,
    connection: (change) => ({ ...superuser, ...change }),
    stop,
  };
}
