import { chownSync, mkdirSync, openSync, closeSync, readFileSync, writeSync, existsSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { unprivilegedAccount } from "./accounts";
import type { RedisBinary } from "./redis-binary";
import { renderRedisConfig, type AclUser, type RedisConfig } from "./redis-config";
import type { RunningProcess, Supervisor } from "./supervisor";
import { GiveUp, waitFor } from "./wait";

export interface RedisNodeSpec {
  /** `elasticache/<group>/001` */
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly directory: string;
  readonly logFile: string;
  readonly binary: RedisBinary;
  /** PEM of the authority clients verify; undefined: no TLS. */
  readonly authorityPem?: string;
  readonly internal: { readonly user: string; readonly password: string };
}

export interface ReplicationState {
  readonly role: "master" | "slave";
  /** Bytes of the replication stream this node has seen. */
  readonly offset: number;
  readonly linkUp: boolean;
  /** A replica that has held all of a primary's data since it started, whether or not that primary lives. */
  readonly complete: boolean;
}

/** One cache server process and the connection by which the local cloud steers it. */
export class RedisNode {
  #running: RunningProcess | undefined;
  #admin: Redis | undefined;
  #bind: readonly string[] = [];

  constructor(
    readonly spec: RedisNodeSpec,
    private readonly processes: Supervisor,
  ) {}

  get alive(): boolean {
    return this.#running?.alive ?? false;
  }

  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** Addresses it listens on now; the first is its own. */
  get bound(): readonly string[] {
    return this.#bind;
  }

  /** Starts the server and waits until it answers. @throws with the end of its log when it does not. */
  async start(config: Omit<RedisConfig, "directory" | "port" | "internal">): Promise<RunningProcess> {
    const account = unprivilegedAccount();
    mkdirSync(this.spec.directory, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) chownSync(this.spec.directory, account.uid, account.gid);
    const configFile = join(this.spec.directory, "redis.conf");
    const { directory, port, internal } = this.spec;
    writeOwned(configFile, renderRedisConfig({ ...config, directory, port, internal }), account);
    const running = await this.processes.start({
      key: this.spec.key,
      command: this.spec.binary.path,
      args: [configFile],
      env: { LANG: "C.UTF-8", PATH: "/usr/bin:/bin" },
      cwd: this.spec.directory,
      user: account,
      logFile: this.spec.logFile,
      parentDeathSignal: "SIGTERM", // its shutdown writes out the journal
    });
    this.#running = running;
    this.#bind = config.bind;
    this.#admin?.disconnect();
    this.#admin = undefined;
    const what = `cache node ${this.spec.key} on ${this.spec.address}:${port}`;
    await waitFor({ what, timeoutMs: 30_000, explain: () => this.#logTail() }, async () => {
      if (!running.alive) throw new GiveUp(`${what} exited while it was starting${this.#logTail()}`);
      return (await this.call("PING")) === "PONG";
    });
    return running;
  }

  /** Sends one command as the local cloud's own user. */
  async call(command: string, ...args: string[]): Promise<unknown> {
    const admin = this.#connection();
    try {
      return await admin.call(command, ...args);
    } catch (error) {
      if (admin.status !== "ready" && this.#admin === admin) {
        admin.disconnect();
        this.#admin = undefined;
      }
      throw error;
    }
  }

  async info(section: string): Promise<Record<string, string>> {
    const text = String(await this.call("INFO", section));
    return Object.fromEntries(
      text.split("\r\n").flatMap((line) => {
        const colon = line.indexOf(":");
        return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : [];
      }),
    );
  }

  async replication(): Promise<ReplicationState> {
    const facts = await this.info("replication");
    const role = facts.role === "slave" ? "slave" : "master";
    const offset = Number(role === "slave" ? facts.slave_repl_offset : facts.master_repl_offset);
    const linkUp = facts.master_link_status === "up";
    // Seconds since the link was lost; -1 where there has been none yet.
    const hadLink = Number(facts.master_link_down_since_seconds ?? -1) >= 0;
    const complete = role === "slave" && (linkUp || hadLink) && facts.master_sync_in_progress === "0";
    return { role, offset, linkUp, complete };
  }

  async promote(): Promise<void> {
    await this.call("REPLICAOF", "NO", "ONE");
  }

  async follow(address: string): Promise<void> {
    await this.call("REPLICAOF", address, String(this.spec.port));
  }

  /** Listens on exactly these addresses from now on; connections that exist stay. */
  async rebind(addresses: readonly string[]): Promise<void> {
    if (addresses.join(" ") === this.#bind.join(" ")) return;
    const what = `${this.spec.key} listening on ${addresses.join(", ")}`;
    await waitFor({ what, timeoutMs: 5_000, everyMs: 10 }, async () => {
      await this.call("CONFIG", "SET", "bind", addresses.join(" "));
      return true;
    });
    this.#bind = addresses;
  }

  async configure(directives: Readonly<Record<string, string>>): Promise<void> {
    const pairs = Object.entries(directives).flat();
    if (pairs.length > 0) await this.call("CONFIG", "SET", ...pairs);
  }

  /** Makes the server know exactly these users. A user that is gone loses its connections. */
  async setUsers(users: readonly AclUser[]): Promise<void> {
    for (const { name, rules } of users) await this.call("ACL", "SETUSER", name, "reset", ...rules);
    const wanted = new Set(users.map(({ name }) => name));
    const known = (await this.call("ACL", "USERS")) as string[];
    const gone = known.filter((name) => !wanted.has(name) && name !== "default");
    if (gone.length > 0) await this.call("ACL", "DELUSER", ...gone);
  }

  async stop(): Promise<void> {
    this.#admin?.disconnect();
    this.#admin = undefined;
    await this.#running?.stop("SIGTERM", 10_000);
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.signal(signal);
  }

  #connection(): Redis {
    this.#admin ??= this.#connect();
    return this.#admin;
  }

  #connect(): Redis {
    const admin = new Redis({
      host: this.spec.address,
      port: this.spec.port,
      username: this.spec.internal.user,
      password: this.spec.internal.password,
      ...(this.spec.authorityPem ? { tls: { ca: this.spec.authorityPem } } : {}),
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      connectTimeout: 2_000,
      commandTimeout: 10_000,
    });
    // The failing command reports the error; without a listener the same error would end the process.
    admin.on("error", () => undefined);
    return admin;
  }

  #logTail(): string {
    if (!existsSync(this.spec.logFile)) return "";
    return `\n${readFileSync(this.spec.logFile, "utf8").trimEnd().split("\n").slice(-10).join("\n")}`;
  }
}

/** A file only the service account can read. */
export function writeOwned(path: string, text: string, account: { uid: number; gid: number }): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
  if (process.getuid?.() === 0) chownSync(path, account.uid, account.gid);
}
