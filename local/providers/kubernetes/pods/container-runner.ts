import { setTimeout as delay } from "node:timers/promises";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IProbe } from "kubernetes-models/v1/Probe";
import type { Sandbox } from "../../../processes/sandbox";
import type { Exit } from "../../../processes/supervisor";
import { backOffMs, forgivenAfterMs } from "./back-off";
import { NotYet } from "./pod-identity";
import { carryOut, type Handler, type HandlerContext } from "./probe-check";
import { ProbeLoop } from "./probe-loop";

export type ContainerState =
  | { readonly state: "waiting"; readonly reason: string; readonly message?: string }
  | { readonly state: "running"; readonly startedAt: Date }
  | { readonly state: "terminated"; readonly exitCode: number; readonly reason: string };

export interface ContainerSetup {
  readonly container: IContainer;
  readonly podIp: string;
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  readonly terminationGraceMs: number;
  /** Starts the process; throws `NotYet` while something it needs is missing. */
  launch(): Promise<Sandbox>;
  /** Called after every change of state or readiness. */
  changed(): void;
}

/** The kubelet looks at its containers once a second (its pod lifecycle event generator); a fifth of that is enough for a command to fail. */
const seenAfterMs = 200;

/**
 * One container of a pod, started again by the pod's restart policy.
 *
 * States: waiting (ContainerCreating, CreateContainerConfigError, CrashLoopBackOff …) → running → terminated, and from there back to waiting
 * when the policy says so. `stop` ends it from any state.
 */
export class ContainerRunner {
  state: ContainerState = { state: "waiting", reason: "ContainerCreating" };
  restarts = 0;
  lastFailure: string | undefined;
  #ready = false;
  #crashes = 0;
  #sandbox: Sandbox | undefined;
  #probes: ProbeLoop[] = [];
  #stopRequested = new AbortController();

  constructor(private readonly setup: ContainerSetup) {}

  get name(): string {
    return this.setup.container.name;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get pid(): number | undefined {
    return this.#sandbox?.alive ? this.#sandbox.pid : undefined;
  }

  /** Runs until the policy says that it is done; answers its last exit code. Never rejects. */
  async run(): Promise<number> {
    const stopping = this.#stopRequested.signal;
    let exitCode = 0;
    while (!stopping.aborted) {
      const sandbox = await this.#launch();
      if (!sandbox) {
        await pause(1_000, stopping);
        continue;
      }
      if (stopping.aborted) await sandbox.kill();
      const startedAt = Date.now();
      this.#watch(sandbox);
      exitCode = codeOf(await sandbox.exited);
      this.#unwatch(exitCode);
      if (stopping.aborted || !this.#mayRestart(exitCode)) break;
      this.#crashes = Date.now() - startedAt >= forgivenAfterMs ? 1 : this.#crashes + 1;
      const waitMs = backOffMs(this.#crashes);
      if (waitMs > 0) {
        const message = `back-off ${waitMs / 1000} s restarting failed container ${this.name}`;
        this.#become({ state: "waiting", reason: "CrashLoopBackOff", message });
      }
      await pause(waitMs, stopping);
      if (!stopping.aborted) this.restarts += 1;
    }
    return exitCode;
  }

  /** preStop hook, SIGTERM, and SIGKILL when the grace period, which holds for both, is over. */
  async stop(graceMs = this.setup.terminationGraceMs): Promise<void> {
    this.#stopRequested.abort();
    for (const probe of this.#probes) probe.stop();
    await this.#end(graceMs);
  }

  /** Ends the process but not the container: the restart policy decides what comes next. */
  async restart(reason: string): Promise<void> {
    this.lastFailure = reason;
    await this.#end(this.setup.terminationGraceMs);
  }

  async #end(graceMs: number): Promise<void> {
    const sandbox = this.#sandbox;
    if (!sandbox?.alive) return;
    const timer = setTimeout(() => void sandbox.kill(), graceMs);
    const preStop = this.setup.container.lifecycle?.preStop;
    if (preStop && graceMs > 0)
      await Promise.race([carryOut(preStop as Handler, this.#context, graceMs), sandbox.exited]);
    sandbox.signal("SIGTERM");
    await sandbox.exited;
    clearTimeout(timer);
  }

  async #launch(): Promise<Sandbox | undefined> {
    try {
      return await this.setup.launch();
    } catch (error) {
      const reason = error instanceof NotYet ? error.reason : "RunContainerError";
      const message = error instanceof Error ? error.message : String(error);
      this.lastFailure = message;
      this.#become({ state: "waiting", reason, message });
      return undefined;
    }
  }

  #watch(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    const { startupProbe, lifecycle } = this.setup.container;
    this.#become({ state: "running", startedAt: sandbox.startedAt });
    if (lifecycle?.postStart) void this.#postStart(sandbox, lifecycle.postStart);
    if (!startupProbe) return this.#afterStartup();
    const startup = this.#probe(startupProbe, true, (ok, output) => {
      if (ok === undefined) return void (this.lastFailure = `startup probe failed: ${output}`);
      if (!ok) return void this.restart(`startup probe failed: ${output}`);
      startup.stop();
      this.#afterStartup();
    });
  }

  #afterStartup(): void {
    const { readinessProbe, livenessProbe } = this.setup.container;
    if (livenessProbe)
      this.#probe(livenessProbe, false, (ok, output) => {
        if (ok === false) void this.restart(`liveness probe failed: ${output}`);
      });
    if (!readinessProbe) return this.#readyWhenSeen();
    this.#probe(readinessProbe, true, (ok, output) => {
      if (ok !== true) this.lastFailure = `readiness probe failed: ${output}`;
      if (ok !== undefined) this.#setReady(ok);
    });
  }

  /** One without a readiness probe is ready once it is seen to run: a command that fails at once never is. */
  #readyWhenSeen(): void {
    const sandbox = this.#sandbox;
    setTimeout(() => {
      if (sandbox?.alive && this.#sandbox === sandbox) this.#setReady(true);
    }, seenAfterMs).unref();
  }

  #probe(probe: IProbe, eager: boolean, report: (verdict: boolean | undefined, output: string) => void): ProbeLoop {
    const check = (timeoutMs: number) => carryOut(probe, this.#context, timeoutMs);
    const loop = new ProbeLoop(probe, eager, check, report);
    this.#probes.push(loop);
    loop.start();
    return loop;
  }

  get #context(): HandlerContext {
    const sandbox = this.#sandbox;
    const { container, podIp } = this.setup;
    const exec: HandlerContext["exec"] = async (argv, timeoutMs) =>
      sandbox ? sandbox.exec(argv, timeoutMs) : { ok: false, output: "the container is not running" };
    return { container, podIp, exec };
  }

  async #postStart(sandbox: Sandbox, hook: Handler): Promise<void> {
    const { ok, output } = await carryOut(hook, this.#context, 60_000);
    if (ok || !sandbox.alive) return;
    this.lastFailure = `postStart hook failed: ${output}`;
    await sandbox.kill();
  }

  #unwatch(exitCode: number): void {
    for (const probe of this.#probes) probe.stop();
    this.#probes = [];
    this.#ready = false;
    if (exitCode !== 0) this.lastFailure = `exited with code ${exitCode}`;
    this.#become({ state: "terminated", exitCode, reason: exitCode === 0 ? "Completed" : "Error" });
  }

  #mayRestart(exitCode: number): boolean {
    const { restartPolicy } = this.setup;
    return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready || this.#stopRequested.signal.aborted) return;
    this.#ready = ready;
    // What kept it from being ready is over.
    if (ready && this.lastFailure?.includes("probe failed")) this.lastFailure = undefined;
    this.setup.changed();
  }

  #become(state: ContainerState): void {
    this.state = state;
    this.setup.changed();
  }
}

/** As shells and container runtimes count: 128 + the signal that ended the process. */
function codeOf({ code, signal }: Exit): number {
  return code ?? (signal === "SIGKILL" ? 137 : 143);
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // An abort only ends the pause.
  await delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
