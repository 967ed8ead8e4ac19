import { spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { checkpointFile } from "../../cli/engine/workspace";
import { placesOf, type StackPlaces } from "../../cli/places";
import { readProject } from "../../cli/project";
import type { Bag } from "../../local/contract";
import { callControl } from "../../local/daemon/control-client";
import { liveDaemon, logIn, socketIn } from "../../local/daemon/daemon-record";
import { waitFor } from "../../local/processes/wait";
import { killProcessesOf, processesOf } from "./processes-of";

export const checkout = resolve(__dirname, "../..");

export interface PlinthRun {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface RunOptions {
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface StartedPlinth {
  readonly child: ChildProcess;
  /** What it has printed on stderr so far. */
  stderr(): string;
  readonly finished: Promise<PlinthRun>;
}

export interface PlinthStatus {
  readonly stack: string;
  readonly endpoints: {
    readonly writer?: string;
    readonly readers?: readonly string[];
    readonly poolerRw?: string;
    readonly poolerRo?: string;
    readonly cache?: string;
  };
  readonly resources: number;
  readonly alarms: readonly { readonly name: string; readonly state: string }[];
}

export interface LiveResource {
  readonly type: string;
  readonly id: string;
  readonly urn: string;
  readonly phase: string;
  readonly state: string;
}

interface Tiny {
  /** CommonJS source of the program (`require("@pulumi/random")` …). Without it the program of this checkout runs. */
  readonly source?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
  /** Directory of somebody else's program. */
  readonly program?: string;
  /** Another checkout: its own command runs its own program. Default: this one. */
  readonly checkout?: string;
  /** A PLINTH_HOME shared with another object, whose `close` removes it. Default: a new one. */
  readonly home?: string;
}

/** The `plinth` command with a home of its own, on a program. */
export class Plinth {
  readonly #started = new Set<StartedPlinth>();

  private constructor(
    /** PLINTH_HOME. Its path is in the command line or environment of everything that runs for it. */
    readonly home: string,
    /** Directory of the program. */
    readonly program: string,
    readonly stack: string,
    private readonly command: string,
  ) {}

  static create(tiny: Tiny = {}): Plinth {
    const { source, config, stack = "local", checkout: root = checkout, home = newHome() } = tiny;
    const program = source === undefined ? (tiny.program ?? root) : join(home, "program");
    const plinth = new Plinth(home, program, stack, join(root, "bin/plinth.js"));
    if (source !== undefined) {
      mkdirSync(plinth.program);
      symlinkSync(join(checkout, "node_modules"), join(plinth.program, "node_modules"));
      writeFileSync(join(plinth.program, "Pulumi.yaml"), stringify({ name: "tiny", runtime: "nodejs" }));
      plinth.configure(config ?? {});
      plinth.write(source);
    }
    return plinth;
  }

  /** Replaces the source of the tiny program. */
  write(source: string): void {
    writeFileSync(join(this.program, "index.js"), source);
  }

  /** Replaces the configuration of the tiny program's stack. */
  configure(config: Readonly<Record<string, unknown>>, stack = this.stack): void {
    writeFileSync(join(this.program, `Pulumi.${stack}.yaml`), stringify({ config }));
  }

  get places(): StackPlaces {
    return placesOf(this.program, this.#project, this.stack, this.home);
  }

  /** The engine's state file. */
  get checkpoint(): string {
    return checkpointFile(this.places.engineRoot, this.#project, this.stack);
  }

  /** Runs a verb to its end; a non-zero exit code does not throw. The program and the stack's home are given by this object. */
  run(args: readonly string[], options: RunOptions = {}): Promise<PlinthRun> {
    return this.start(args, options).finished;
  }

  /** As `run`. @throws with everything it printed when it does not exit 0. */
  async succeed(args: readonly string[], options: RunOptions = {}): Promise<PlinthRun> {
    const run = await this.run(args, options);
    if (run.code === 0) return run;
    throw new Error(
      `plinth ${args.join(" ")} ended with ${run.code}\n${run.stdout}${run.stderr}\n--- log of the local cloud\n${this.log().slice(-4000)}`,
    );
  }

  /** Starts a verb and returns at once. */
  start(args: readonly string[], { timeoutMs = 120_000, env = {} }: RunOptions = {}): StartedPlinth {
    const began = Date.now();
    const child = spawn(process.execPath, [this.command, "--program", this.program, ...args], {
      cwd: "/",
      // A group of its own, so that the engine it starts can be ended with it.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", PLINTH_HOME: this.home, PLINTH_OWNER_PID: String(process.pid), ...env },
    });
    const printed = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.stderr += text));
    const finished = new Promise<PlinthRun>((settle, fail) => {
      const timer = setTimeout(() => {
        killGroup(child);
        fail(
          new Error(`plinth ${args.join(" ")} did not end within ${timeoutMs} ms\n${printed.stdout}${printed.stderr}`),
        );
      }, timeoutMs);
      child.once("error", fail);
      child.once("close", (code) => {
        clearTimeout(timer);
        settle({ code, ...printed, tookMs: Date.now() - began });
      });
    });
    const started = { child, stderr: () => printed.stderr, finished };
    this.#started.add(started);
    return started;
  }

  /** The contract of `plinth status --json`. */
  async status(): Promise<PlinthStatus> {
    return JSON.parse((await this.succeed(["status", "-s", this.stack, "--json"])).stdout) as PlinthStatus;
  }

  /** Counts of the last update, from `plinth up --json`. */
  async up(options: RunOptions & { readonly args?: readonly string[] } = {}): Promise<Record<string, number>> {
    const run = await this.succeed(["up", "-s", this.stack, "--json", ...(options.args ?? [])], options);
    return JSON.parse(run.stdout) as Record<string, number>;
  }

  /** Calls a route of the running local cloud's control socket (`action`, `status`, `sweep` …). */
  ask(route: string, body: Bag = {}): Promise<Bag> {
    return callControl(socketIn(this.places.cloudRoot), route, body);
  }

  /** The resources the local cloud holds, each with its line of live state. */
  async resources(): Promise<LiveResource[]> {
    return (await this.ask("status")).resources as unknown as LiveResource[];
  }

  /** Pid of the running local cloud. */
  daemonPid(): number | undefined {
    return liveDaemon(this.places.cloudRoot)?.pid;
  }

  /** `kill -9` of the local cloud; returns when everything that it ran is gone too. */
  async killDaemon(): Promise<void> {
    const pid = this.daemonPid();
    if (pid === undefined) throw new Error("the local cloud is not running, so it cannot be killed");
    process.kill(pid, "SIGKILL");
    await waitFor(
      { what: "the end of the killed local cloud", timeoutMs: 5_000 },
      () => this.daemonPid() === undefined,
    );
  }

  /** Everything the local cloud has logged. */
  log(): string {
    const file = logIn(this.places.cloudRoot);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Every log file of the stack, by path relative to the directory of logs. */
  logs(): Record<string, string> {
    const directory = join(this.places.cloudRoot, "logs");
    if (!existsSync(directory)) return {};
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
      files.map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [file.slice(directory.length + 1), readFileSync(file, "utf8")];
      }),
    );
  }

  /** Ends what still runs and deletes everything. @throws when a process outlived `plinth down --delete`. */
  async close(): Promise<void> {
    for (const { child, finished } of this.#started) {
      if (child.exitCode === null && child.signalCode === null) killGroup(child);
      await finished.catch(() => undefined); // a failed run was reported to the test already
    }
    try {
      const down = await this.run(["down", "-s", this.stack, "--delete"]);
      // The kernel ends the processes of a killed parent in its own time.
      await waitFor(
        { what: "the end of all processes", timeoutMs: 5_000 },
        () => processesOf(this.home).length === 0,
      ).catch((error: unknown) => {
        const left = processesOf(this.home).map(({ pid, command }) => `${pid} ${command}`);
        throw new Error(`'plinth down --delete' left processes behind:\n${left.join("\n")}`, { cause: error });
      });
      if (down.code !== 0 && existsSync(join(this.program, "Pulumi.yaml")))
        throw new Error(`plinth down --delete ended with ${down.code}\n${down.stderr}`);
    } finally {
      killProcessesOf(this.home);
      rmSync(this.home, { recursive: true, force: true });
    }
  }

  get #project(): string {
    return readProject(this.program, this.stack).name;
  }
}

/** Gives `use` a `plinth` with a private home, and stops and deletes all of it afterwards, whatever happens. */
export async function withPlinth<T>(tiny: Tiny, use: (plinth: Plinth) => Promise<T>): Promise<T> {
  const plinth = Plinth.create(tiny);
  let result: T;
  try {
    result = await use(plinth);
  } catch (error) {
    // The test's own failure is the news; what the clean-up finds comes second.
    await plinth.close().catch((second: unknown) => console.error(second));
    throw error;
  }
  await plinth.close();
  return result;
}

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "plinth-e2e-"));
  chmodSync(home, 0o711);
  return home;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}
