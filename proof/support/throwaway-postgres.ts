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
  readonly pid: number;
  superuser: ClientConfig;
  /** Connection of the same server for another database or role. */
  connection: (change: Partial<ClientConfig>) => ClientConfig;
  /**
   * Ends the server the hard way: SIGQUIT is `pg_ctl stop -m immediate`, SIGKILL takes the postmaster alone and leaves
   * its children to notice. Either way the next start recovers from the log.
   */
  crash: (signal: "SIGQUIT" | "SIGKILL") => Promise<void>;
  /** Starts a crashed server again on the same port and data, and returns when it takes connections. */
  restart: () => Promise<void>;
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

/** One server process after another on the same data directory. */
class ServerProcess {
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #log = "";

  constructor(
    readonly directory: string,
    readonly args: string[],
  ) {}

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get log(): string {
    return this.#log;
  }

  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  /** Children of a killed server still hold its shared memory: a start is then refused, and the next will do. */
  get waitsForTheDead(): boolean {
    return /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(this.#log);
  }

  start(): void {
    this.#log = "";
    const child = spawn(postgresBinary("postgres"), ["-D", join(this.directory, "data"), ...this.args], {
      ...unprivilegedIds(),
      cwd: this.directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.on("data", (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-20_000)));
    // A run that dies without its clean-up leaves no server behind.
    const killOnExit = () => void child.kill("SIGQUIT");
    process.once("exit", killOnExit);
    this.#child = child;
    this.#ended = new Promise<void>((resolve) =>
      child.once("exit", () => {
        process.off("exit", killOnExit);
        resolve();
      }),
    );
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) child.kill(signal);
    await this.#ended;
  }
}

async function untilReady(server: ServerProcess, config: ClientConfig): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (server.exitCode !== null) {
      if (!server.waitsForTheDead || Date.now() > deadline)
        throw new Error(`postgres ended with ${server.exitCode}:\n${server.log}`);
      await pause(50);
      server.start();
    }
    const client = new Client(config);
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (Date.now() > deadline)
        throw new Error(`postgres was not ready within ${READY_WITHIN_MS} ms:\n${server.log}`, { cause: error });
      await pause(20);
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
  const server = new ServerProcess(directory, args);
  const superuser: ClientConfig = { host, port, database: "postgres", ...SUPERUSER, ssl: false };
  const stop = async () => {
    await server.end("SIGQUIT");
    rmSync(directory, { recursive: true, force: true });
  };
  const start = async () => {
    server.start();
    await untilReady(server, superuser);
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    port,
    directory,
    get pid() {
      return server.pid;
    },
    superuser,
    connection: (change) => ({ ...superuser, ...change }),
    crash: (signal) => server.end(signal),
    restart: start,
    stop,
  };
}
