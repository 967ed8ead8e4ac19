import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { Records } from "../cloud/records";
import { processIdentity } from "./process-identity";
import { waitFor } from "./wait";

export interface ProcessSpec {
  /** Unique in the cloud and stable over restarts: `rds/main/a`, `pod/data/pgbouncer-rw-x1/pgbouncer`. */
  readonly key: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The complete environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whom to run as when the local cloud is root. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** stdout and stderr are appended here: a file, so that a dead supervisor never blocks its children. */
  readonly logFile: string;
  /** What the kernel sends the process when the local cloud dies, however it dies. Default SIGKILL; "none" for one that sees to it itself. */
  readonly parentDeathSignal?: NodeJS.Signals | "none";
  /** Extra descriptors (fd 3, 4, …) for the child. */
  readonly extraFds?: readonly ("pipe" | "ignore" | number)[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly key: string;
  readonly pid: number;
  readonly startedAt: Date;
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<Exit>;
  readonly alive: boolean;
  readonly child: ChildProcess;
  signal(signal: NodeJS.Signals): void;
  /** Sends `signal`, waits `graceMs`, then kills the whole process group. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<Exit>;
}

const recordSchema = z.object({ key: z.string(), pid: z.number().int(), identity: z.string() });
const collection = "processes";

/**
 * Starts processes that cannot outlive the local cloud: each is told by the kernel when its parent dies (`setpriv --pdeathsig`), leads its own
 * process group, and is on record by pid and start time, so that the next local cloud can finish off what a crash left.
 */
export class Supervisor {
  readonly #running = new Map<string, SupervisedProcess>();

  #closing = false;

  constructor(private readonly records: Records) {}

  /** True once the local cloud is going down: whoever restarts processes that exit must then leave them down. */
  get closing(): boolean {
    return this.#closing;
  }

  /** @throws when a process of that key is alive, or the command cannot be started. */
  async start(spec: ProcessSpec): Promise<RunningProcess> {
    if (this.#closing) throw new Error(`the local cloud is going down; '${spec.key}' is not started`);
    if (this.#running.get(spec.key)?.alive) throw new Error(`process '${spec.key}' is already running`);
    mkdirSync(dirname(spec.logFile), { recursive: true, mode: 0o755 });
    const log = openSync(spec.logFile, "a", 0o640);
    let child: ChildProcess;
    try {
      const [program = "", ...args] = [...privileges(spec), ...ifNotOrphaned(process.pid), spec.command, ...spec.args];
      child = spawn(program, args, {
        cwd: spec.cwd ?? "/",
        env: { ...spec.env },
        detached: true,
        stdio: ["ignore", log, log, ...(spec.extraFds ?? [])],
      });
    } finally {
      closeSync(log);
    }
    const exited = new Promise<Exit>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", () => resolve({ code: 127, signal: null }));
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once("error", (error) =>
        reject(new Error(`cannot start '${spec.key}' (${spec.command}): ${error.message}`)),
      );
      child.once("spawn", () => resolve(child.pid ?? -1));
    });
    const running = new SupervisedProcess(spec, pid, child, exited);
    this.#running.set(spec.key, running);
    const identity = processIdentity(pid);
    if (identity !== undefined) this.records.put(collection, spec.key, { key: spec.key, pid, identity });
    void exited.then(() => {
      if (this.#running.get(spec.key) !== running) return;
      this.#running.delete(spec.key);
      this.records.delete(collection, spec.key);
    });
    return running;
  }

  get(key: string): RunningProcess | undefined {
    return this.#running.get(key);
  }

  list(): RunningProcess[] {
    return [...this.#running.values()];
  }

  /** Stops everything, for good. `graceMs` is how long each may take before its process group is killed. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#running.values()].map((running) => running.stopForGood(graceMs)));
  }

  /** Ends what an earlier local cloud of the same state directory left running, by pid and start time. @returns how many it ended. */
  async endLeftovers(): Promise<number> {
    const leftovers = this.records.list(collection, recordSchema).filter(({ key }) => !this.#running.has(key));
    const ended = await Promise.all(
      leftovers.map(async ({ key, pid, identity }) => {
        const gone = () => processIdentity(pid) !== identity;
        const wasAlive = !gone();
        if (wasAlive) {
          signalIfThere(pid, "SIGTERM");
          await waitFor({ what: `the end of leftover '${key}'`, timeoutMs: 3_000 }, gone).catch(async () => {
            signalIfThere(-pid, "SIGKILL");
            await waitFor({ what: `the end of killed leftover '${key}' (pid ${pid})`, timeoutMs: 10_000 }, gone);
          });
        }
        this.records.delete(collection, key);
        return wasAlive;
      }),
    );
    return ended.filter(Boolean).length;
  }
}

class SupervisedProcess implements RunningProcess {
  readonly startedAt = new Date();
  #alive = true;

  constructor(
    private readonly spec: ProcessSpec,
    readonly pid: number,
    readonly child: ChildProcess,
    readonly exited: Promise<Exit>,
  ) {
    void exited.then(() => (this.#alive = false));
  }

  get key(): string {
    return this.spec.key;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Ends it the way the kernel would if the local cloud died. */
  stopForGood(graceMs: number): Promise<Exit> {
    return this.stop(deathSignal(this.spec) ?? "SIGKILL", graceMs);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#alive) this.child.kill(signal);
  }

  async stop(signal: NodeJS.Signals, graceMs: number): Promise<Exit> {
    this.signal(signal);
    const timer = setTimeout(() => signalIfThere(-this.pid, "SIGKILL"), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }
}

function deathSignal({ parentDeathSignal = "SIGKILL" }: ProcessSpec): NodeJS.Signals | undefined {
  return parentDeathSignal === "none" ? undefined : parentDeathSignal;
}

/** The program in front of the command that gives it its user and its end. */
function privileges(spec: ProcessSpec): string[] {
  const signal = deathSignal(spec);
  const user =
    process.getuid?.() === 0 && spec.user
      ? [`--reuid=${spec.user.uid}`, `--regid=${spec.user.gid}`, "--clear-groups"]
      : [];
  const options = [...user, ...(signal === undefined ? [] : [`--pdeathsig=${signal.replace(/^SIG/, "")}`])];
  return options.length === 0 ? [] : ["setpriv", ...options, "--"];
}

/** The kernel tells a process of its parent's death from the moment it asks for that; whoever was orphaned before ends here. */
function ifNotOrphaned(parent: number): string[] {
  return ["/bin/sh", "-c", `[ "$PPID" = ${parent} ] && exec "$0" "$@"`];
}

/** A negative pid means the process group. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
