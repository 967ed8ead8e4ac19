import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Client } from "pg";
import type { Cloud } from "../contract";
import { unprivilegedAccount } from "./accounts";
import { fence } from "./fence";
import type { PostgresBinaries } from "./postgres-binaries";
import { logTail, runTool } from "./run-tool";
import type { Exit, ProcessSpec, RunningProcess } from "./supervisor";
import { GiveUp, waitFor } from "./wait";

/** The cloud's own superuser: it exists on the Unix socket of the node only, behind a directory nobody else can enter. */
export const internalUser = "rdsadmin";

/** Never in the statement log, statistics or audit trail of the tenant. */
const internalOptions = [
  "log_statement=none",
  "log_min_duration_statement=-1",
  "log_min_error_statement=panic",
  "log_disconnections=off",
  "statement_timeout=0",
  "lock_timeout=0",
  "pg_stat_statements.track=none",
  "pgaudit.log=none",
  "auto_explain.log_min_duration=-1",
]
  .map((setting) => `-c ${setting}`)
  .join(" ");

const startTimeoutMs = 60_000;

export type StopMode = "fast" | "immediate";

/** One Postgres server on this machine: a data directory, its configuration and, sometimes, its process. */
export class PostgresNode {
  readonly dataDirectory: string;
  readonly configFile: string;
  readonly hbaFile: string;
  readonly logFile: string;
  readonly socketDirectory: string;

  constructor(
    private readonly cloud: Cloud,
    /** Key of its process, e.g. `rds/main/a`. */
    readonly key: string,
    readonly binaries: PostgresBinaries,
    readonly directory: string,
    readonly port: number,
  ) {
    this.dataDirectory = join(directory, "data");
    this.configFile = join(directory, "postgresql.conf");
    this.hbaFile = join(directory, "pg_hba.conf");
    this.logFile = join(cloud.root, "logs", `${key}.log`);
    this.socketDirectory = socketDirectory(cloud.root, key);
  }

  get process(): RunningProcess | undefined {
    return this.cloud.processes.get(this.key);
  }

  get alive(): boolean {
    return this.process?.alive ?? false;
  }

  /** The data directory was made completely: a half-made one has no such mark and is made again. */
  get complete(): boolean {
    return existsSync(join(this.directory, "complete"));
  }

  markComplete(): void {
    writeFileSync(join(this.directory, "complete"), "");
  }

  unmarkComplete(): void {
    rmSync(join(this.directory, "complete"), { force: true });
  }

  /** An empty directory that the server's account can use; whatever was there is gone. */
  async clear(): Promise<void> {
    await fence(this.dataDirectory);
    rmSync(this.directory, { recursive: true, force: true });
    this.prepareDirectory(this.directory, 0o711);
  }

  prepareDirectory(directory: string, mode: number): void {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, mode);
    this.own(directory);
  }

  own(path: string): void {
    const account = unprivilegedAccount();
    chownSync(path, account.uid, account.gid);
  }

  writeFile(path: string, content: string, mode: number): void {
    writeFileSync(path, content, { mode });
    chmodSync(path, mode);
    this.own(path);
  }

  /** Runs one of the Postgres tools as the server's account. */
  async tool(name: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.run(join(this.binaries.binDirectory, name), args, signal);
  }

  /** Runs any program as the server's account, its output in the server's log. */
  async run(command: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
    await runTool(this.cloud.processes, this.#spec(`${this.key}/${basename(command)}`, command, args), signal);
  }

  /** Starts the server and waits until it answers (a standby: read-only). @throws with the log when it does not. */
  async start(timeoutMs = startTimeoutMs): Promise<RunningProcess> {
    const running = await this.#launch([]);
    await this.waitUntilAnswering(running, timeoutMs);
    return running;
  }

  /**
   * Starts a stopped standby as a primary, on a new timeline. With `hot_standby` off it lets nobody in before it is promoted, so no client meets
   * a read-only server at the address of the primary.
   */
  async startPromoted(timeoutMs = startTimeoutMs): Promise<RunningProcess> {
    const running = await this.#launch(["-c", "hot_standby=off"]);
    const explain = () => logTail(this.logFile);
    await waitFor({ what: `recovery of ${this.key}`, timeoutMs, everyMs: 5, explain }, () => {
      if (!running.alive) throw new GiveUp(`Postgres ${this.key} ended while it started${explain()}`);
      return this.#lockFileStatus() === "standby";
    });
    // What pg_ctl promote does.
    const mark = join(this.dataDirectory, "promote");
    writeFileSync(mark, "");
    this.own(mark);
    running.signal("SIGUSR1");
    await this.waitUntilAnswering(running, timeoutMs);
    return running;
  }

  async #launch(options: readonly string[]): Promise<RunningProcess> {
    // A dead server's socket, lock and orphaned backends must not stand in the way; nobody else works in this directory.
    await fence(this.dataDirectory);
    rmSync(join(this.dataDirectory, "postmaster.pid"), { force: true });
    this.prepareSocketDirectory();
    // A pid in a left-over lock may be a zombie's, or somebody else's by now, and Postgres would not start beside it.
    for (const name of readdirSync(this.socketDirectory)) rmSync(join(this.socketDirectory, name), { force: true });
    const args = ["-D", this.dataDirectory, "-c", `config_file=${this.configFile}`, ...options];
    return this.cloud.processes.start({
      ...this.#spec(this.key, join(this.binaries.binDirectory, "postgres"), args),
      parentDeathSignal: "SIGINT",
    });
  }

  /** Line 8 of postmaster.pid: starting, standby, ready or stopping (pidfile.h). */
  #lockFileStatus(): string | undefined {
    const file = join(this.dataDirectory, "postmaster.pid");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n")[7]?.trim() : undefined;
  }

  async waitUntilAnswering(running: RunningProcess, timeoutMs: number): Promise<void> {
    const explain = () => logTail(this.logFile);
    await waitFor({ what: `Postgres ${this.key}`, timeoutMs, everyMs: 10, explain }, async () => {
      if (!running.alive) throw new GiveUp(`Postgres ${this.key} ended while it started${explain()}`);
      await this.query("select 1");
      return true;
    });
  }

  async stop(mode: StopMode): Promise<Exit | undefined> {
    const exit = await this.process?.stop(mode === "fast" ? "SIGINT" : "SIGQUIT", 20_000);
    await fence(this.dataDirectory);
    return exit;
  }

  reload(): void {
    this.process?.signal("SIGHUP");
  }

  /** Runs statements as the cloud's own superuser over the node's socket. */
  async query<Row extends object = Record<string, string>>(
    text: string,
    values: readonly string[] = [],
    database = "postgres",
  ): Promise<Row[]> {
    return this.session(async (client) => (await client.query<Row>(text, [...values])).rows, database);
  }

  async session<T>(work: (client: Client) => Promise<T>, database = "postgres"): Promise<T> {
    const client = new Client({
      host: this.socketDirectory,
      port: this.port,
      user: internalUser,
      database,
      options: internalOptions,
      application_name: "rdsadmin",
      connectionTimeoutMillis: 5_000,
    });
    // The server may die at any time; the query in flight rejects, an idle client would throw from the event loop.
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  prepareSocketDirectory(): void {
    if (existsSync(this.socketDirectory)) {
      const { uid } = lstatSync(this.socketDirectory);
      if (uid !== unprivilegedAccount().uid)
        throw new Error(`${this.socketDirectory} belongs to user ${uid}; remove it, the local cloud needs that name`);
    }
    this.prepareDirectory(this.socketDirectory, 0o700);
  }

  #spec(key: string, command: string, args: readonly string[]): ProcessSpec {
    const user = unprivilegedAccount();
    return {
      key,
      command,
      args,
      // Timezone and messages do not depend on who started the cloud.
      env: { LC_ALL: "C.UTF-8", TZ: "UTC", PATH: "/usr/bin:/bin", PGCONNECT_TIMEOUT: "5" },
      cwd: this.directory,
      user,
      logFile: this.logFile,
    };
  }
}

/** sun_path holds 108 bytes with its end (unix(7)), and Postgres adds `/.s.PGSQL.65535.lock`. */
const longestSocketDirectory = 80;

function socketDirectory(root: string, key: string): string {
  const name = createHash("sha256").update(`${root}\0${key}`).digest("hex").slice(0, 12);
  const inside = join(root, "sockets", name);
  return inside.length <= longestSocketDirectory ? inside : join(tmpdir(), `plinth-${name}`);
}
