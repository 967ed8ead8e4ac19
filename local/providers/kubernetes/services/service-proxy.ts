import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { unprivilegedAccount } from "../../../processes/accounts";
import type { RunningProcess, Supervisor } from "../../../processes/supervisor";
import { GiveUp, waitFor } from "../../../processes/wait";
import { assignSlots, haproxyConfig, slotCommands, slotsPerPort, type ProxySettings } from "./haproxy-config";

export interface ProxySpec {
  /** Key of the supervised process. */
  readonly key: string;
  readonly address: string;
  readonly ports: ProxySettings["ports"];
  readonly sticky: boolean;
  /** Where the configuration and the admin socket live (a directory of the proxy's own). */
  readonly directory: string;
  readonly logFile: string;
}

/** Ports below this need a privilege (ip_unprivileged_port_start). */
const firstFreePort = () => Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));

/** HAProxy in front of the pods of one Service: a process of its own, told at run time which pods are ready. */
export class ServiceProxy {
  #process: RunningProcess | undefined;
  #stopped = false;
  #wanted = new Map<string, readonly string[]>();
  #slots = new Map<string, (string | undefined)[]>();
  #queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly supervisor: Supervisor,
    private readonly spec: ProxySpec,
    private readonly warn: (message: string) => void,
  ) {}

  /** @throws with the end of the log when it cannot listen. */
  async start(): Promise<void> {
    const { directory, address, ports, sticky, key, logFile } = this.spec;
    const account = unprivilegedAccount();
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    const config = `${directory}/haproxy.cfg`;
    writeFileSync(
      config,
      haproxyConfig({ address, ports, sticky, adminSocket: this.#socket, maxConnections: affordableConnections() }),
      { mode: 0o644 },
    );
    if (process.getuid?.() === 0) chownSync(directory, account.uid, account.gid);
    rmSync(this.#socket, { force: true });
    const needsPrivilege = ports.some(({ port }) => port < firstFreePort());
    const command = ["haproxy", "-db", "-f", config];
    const running = await this.supervisor.start({
      key,
      ...(needsPrivilege && process.getuid?.() === 0
        ? { command: "setpriv", args: [...mayBindLowPorts(account), ...command] }
        : { command: "haproxy", args: command.slice(1), user: account }),
      env: { PATH: "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin" },
      cwd: dirname(config),
      logFile,
    });
    this.#process = running;
    const explain = () => `; ${readFileSync(logFile, "utf8").trim().split("\n").slice(-3).join("; ")}`;
    await waitFor({ what: `the proxy of ${key} on ${address}`, timeoutMs: 10_000, everyMs: 10, explain }, async () => {
      if (!running.alive) throw new GiveUp(`the proxy of ${key} cannot run${explain()}`);
      return (await this.#ask("show version")) !== "";
    });
    this.#slots = new Map();
    await this.#apply();
    void running.exited.then(() => this.#revive());
  }

  /** Ready endpoints (`ip:port`) by port name; takes effect at once. */
  setEndpoints(endpoints: ReadonlyMap<string, readonly string[]>): Promise<void> {
    this.#wanted = new Map(endpoints);
    this.#queue = this.#queue
      .then(() => this.#apply())
      .catch((error: unknown) => {
        // A proxy that dies is started again and then told everything anew.
        if (!this.#stopped) this.warn(`${this.spec.key}: ${error instanceof Error ? error.message : String(error)}`);
      });
    return this.#queue;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#process?.stop("SIGTERM", 2_000);
    rmSync(this.spec.directory, { recursive: true, force: true });
  }

  get #socket(): string {
    return `${this.spec.directory}/admin`;
  }

  async #revive(): Promise<void> {
    if (this.#stopped) return;
    this.warn(`${this.spec.key}: the proxy ended and is started again`);
    try {
      await this.start();
    } catch (error) {
      this.warn(`${this.spec.key}: ${error instanceof Error ? error.message : String(error)}`);
      setTimeout(() => void this.#revive(), 1_000).unref();
    }
  }

  async #apply(): Promise<void> {
    if (!this.#process?.alive) return;
    for (const { name } of this.spec.ports) {
      const before = this.#slots.get(name) ?? Array.from<string | undefined>({ length: slotsPerPort });
      const after = assignSlots(before, this.#wanted.get(name) ?? []);
      const commands = slotCommands(`pods-${name}`, before, after);
      if (commands.length === 0) continue;
      const answer = await this.#ask(commands.join(";"));
      if (/No such|Unknown|Invalid|denied|Can't find/.test(answer))
        throw new Error(`HAProxy refused: ${answer.trim()}`);
      this.#slots.set(name, after);
    }
  }

  #ask(commands: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(this.#socket, () => socket.write(`${commands}\n`));
      socket.setTimeout(5_000, () => socket.destroy(new Error("HAProxy did not answer within 5 s")));
      socket.on("data", (data) => (answer += data.toString()));
      socket.on("end", () => resolve(answer));
      socket.on("error", reject);
    });
  }
}

function mayBindLowPorts(account: { uid: number; gid: number }): string[] {
  return [
    ...[`--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups"],
    ...["--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service", "--pdeathsig=KILL", "--"],
  ];
}

/** Two descriptors a connection, within what this machine lets a process open; 20 000 is plenty for one Service. */
function affordableConnections(): number {
  const line = readFileSync("/proc/self/limits", "utf8")
    .split("\n")
    .find((row) => row.startsWith("Max open files"));
  const hard = Number(line?.trim().split(/\s+/)[4] ?? 1024) || 1_048_576;
  return Math.min(20_000, Math.floor((hard - 200) / 2));
}
