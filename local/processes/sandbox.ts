import { execFile } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { planMounts, type HostTree, type Mount } from "./mount-plan";
import type { Exit, RunningProcess, Supervisor } from "./supervisor";
import { GiveUp, waitFor } from "./wait";

export interface SandboxSpec {
  /** Key of the supervised process. */
  readonly key: string;
  readonly hostname: string;
  readonly argv: readonly [string, ...string[]];
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly mounts: readonly Mount[];
  /** Nothing is writable but the mounts that are. */
  readonly readOnlyRoot: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly logFile: string;
}

export interface ExecResult {
  readonly ok: boolean;
  /** Last output, for a message: at most 500 characters. */
  readonly output: string;
}

/** A process tree in mount, pid, host name and IPC namespaces of its own; the network is the host's. */
export interface Sandbox {
  /** The command itself, as the host numbers it. */
  readonly pid: number;
  readonly startedAt: Date;
  readonly exited: Promise<Exit>;
  readonly alive: boolean;
  /** Sends a signal to the command (not to the sandbox around it). */
  signal(signal: NodeJS.Signals): void;
  /** Ends everything in the sandbox at once. */
  kill(): Promise<Exit>;
  /** Runs a command inside, as the same user with the same environment; it is killed after `timeoutMs`. */
  exec(argv: readonly string[], timeoutMs: number): Promise<ExecResult>;
}

const system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/sys"];
/** What a stock image lets a process write to. */
const scratch = ["/tmp", "/run", "/var/tmp", "/var/log", "/var/lib", "/var/cache", "/home"];
const hostPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * bwrap's first process inside asks to die with the one outside only once the sandbox is set up: when the local cloud is killed before, it would
 * live on, and so would the command. So the command waits for a word from the local cloud, and is none when that has died: the pipe ends then.
 */
const whenTold = 'read -r go <&4 && exec 4<&- && exec "$0" "$@"';

/** @throws when the sandbox cannot be set up or the command ends before it could be seen. */
export async function startSandbox(supervisor: Supervisor, spec: SandboxSpec): Promise<Sandbox> {
  const plan = planMounts(
    {
      system: system.filter((path) => existsSync(path)),
      scratch: spec.readOnlyRoot ? [] : scratch,
      mounts: spec.mounts,
    },
    host,
  );
  for (const { path, type } of plan.prepare) prepareMountPoint(path, type);
  const root = process.getuid?.() === 0;
  const bwrapArgs = [
    ...(root ? [] : ["--unshare-user", "--uid", String(spec.uid), "--gid", String(spec.gid)]),
    ...["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", spec.hostname, "--die-with-parent"],
    ...["--proc", "/proc", ...devices(root), "--symlink", "/run", "/var/run"],
    ...(spec.readOnlyRoot ? scratch.flatMap((path) => ["--perms", "0755", "--dir", path]) : []),
    ...plan.args,
    ...(spec.readOnlyRoot ? ["--remount-ro", "/"] : []),
    ...["--clearenv", ...Object.entries(spec.env).flatMap(([name, value]) => ["--setenv", name, value])],
    ...["--chdir", spec.workingDir],
  ];
  const running = await supervisor.start({
    key: spec.key,
    command: "prlimit",
    // Arguments travel through a pipe: the environment holds secrets, and a command line is public.
    args: [
      `--nofile=${hardLimitOfOpenFiles()}`,
      ...["bwrap", "--args", "3", "--"],
      ...identity(spec, root),
      ...["/bin/sh", "-c", whenTold],
      ...spec.argv,
    ],
    env: { PATH: hostPath },
    logFile: spec.logFile,
    // bwrap asks for that itself (`--die-with-parent`); killed before, it would leave a half-made sandbox that waits for it for ever.
    parentDeathSignal: "none",
    extraFds: ["pipe", "pipe"],
  });
  const [args, gate] = running.child.stdio.slice(3);
  await send(args as Writable, bwrapArgs.map((arg) => `${arg}\0`).join(""));
  const init = await firstChild(running, running.pid);
  if (init === 0) throw new Error(`the sandbox of '${spec.key}' could not be set up (its log says why)`);
  const pid = await firstChild(running, init);
  await send(gate as Writable, "go\n");
  return new RunningSandbox(spec, root, running, init, pid);
}

class RunningSandbox implements Sandbox {
  constructor(
    private readonly spec: SandboxSpec,
    private readonly root: boolean,
    private readonly running: RunningProcess,
    private readonly init: number,
    readonly pid: number,
  ) {}

  get startedAt(): Date {
    return this.running.startedAt;
  }

  get exited(): Promise<Exit> {
    return this.running.exited;
  }

  get alive(): boolean {
    return this.running.alive;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.alive || this.pid === 0) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }

  async kill(): Promise<Exit> {
    return this.running.stop("SIGKILL", 0);
  }

  exec(argv: readonly string[], timeoutMs: number): Promise<ExecResult> {
    if (!this.alive) return Promise.resolve({ ok: false, output: "the container is not running" });
    const seconds = String(timeoutMs / 1000);
    const { LD_PRELOAD, ...env } = this.spec.env;
    const args = [
      ...["--target", String(this.init), "--mount", "--pid", "--uts", "--ipc"],
      ...(this.root ? [] : ["--user", "--preserve-credentials"]),
      ...["--", ...identity(this.spec, this.root), "/usr/bin/env", "-C", this.spec.workingDir],
      // A preloaded library is only there inside.
      ...(LD_PRELOAD === undefined ? [] : [`LD_PRELOAD=${LD_PRELOAD}`]),
      // Inside the namespaces, so that nothing of the command is left behind.
      ...["/usr/bin/timeout", "--signal=KILL", seconds, ...argv],
    ];
    return new Promise((resolve) => {
      execFile("/usr/bin/nsenter", args, { env, cwd: "/" }, (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`.trim().slice(-500);
        const timedOut = error?.signal === "SIGKILL" || error?.code === 137;
        const said = timedOut ? `no answer within ${seconds} s` : output;
        resolve({ ok: error === null, output: error && said === "" ? `exit code ${error.code}` : said });
      });
    });
  }
}

/** Without root the user namespace already maps us to the wanted user. */
function identity(spec: SandboxSpec, root: boolean): string[] {
  if (!root) return [];
  return [
    ...["/usr/bin/setpriv", `--reuid=${spec.uid}`, `--regid=${spec.gid}`],
    spec.groups.length > 0 ? `--groups=${spec.groups.join(",")}` : "--clear-groups",
    ...["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"],
  ];
}

/**
 * bwrap's own `--dev` needs a terminal file system, for which it nests a second user namespace when we are not root, and then nobody may enter the
 * first one any more to run a probe. So without root: the devices that programs need, one by one.
 */
function devices(root: boolean): string[] {
  if (root) return ["--dev", "/dev"];
  return [
    ...["--tmpfs", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm"],
    ...["null", "zero", "full", "random", "urandom", "tty"].flatMap((name) => [
      "--dev-bind",
      `/dev/${name}`,
      `/dev/${name}`,
    ]),
    ...["--symlink", "/proc/self/fd", "/dev/fd"],
    ...["stdin", "stdout", "stderr"].flatMap((name, fd) => ["--symlink", `/proc/self/fd/${fd}`, `/dev/${name}`]),
  ];
}

/** bwrap outside has one child, the first process inside; that has one, the command. 0 when the sandbox has ended already. */
async function firstChild(running: RunningProcess, pid: number): Promise<number> {
  try {
    return await waitFor({ what: `the sandbox of '${running.key}'`, timeoutMs: 10_000, everyMs: 5 }, () => {
      if (!running.alive) throw new GiveUp(`'${running.key}' has ended`);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
      return Number(children[0]) || undefined;
    });
  } catch (error) {
    if (error instanceof GiveUp) return 0;
    throw error;
  }
}

function prepareMountPoint(path: string, type: "directory" | "file"): void {
  mkdirSync(type === "directory" ? path : dirname(path), { recursive: true });
  if (type === "file" && !existsSync(path)) writeFileSync(path, "");
}

/** Container runtimes start containers with a high soft limit; ours is what this machine lets us have. */
function hardLimitOfOpenFiles(): string {
  const line = readFileSync("/proc/self/limits", "utf8")
    .split("\n")
    .find((row) => row.startsWith("Max open files"));
  const hard = line?.trim().split(/\s+/)[4] ?? "1024";
  return `${hard}:${hard}`;
}

function send(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve) => {
    // A sandbox that dies while it reads says so by its exit.
    stream.on("error", () => resolve());
    stream.end(text, () => resolve());
  });
}

const host: HostTree = {
  entry(path) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return undefined;
    if (stat.isSymbolicLink()) return { type: "symlink", target: readlinkSync(path) };
    return { type: stat.isDirectory() ? "directory" : "file" };
  },
  list: (path) => readdirSync(path),
};
