import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";

import type { FromLoad, LoadOrder, LoadResult, ToLoad } from "./messages";

/** The application's load, in a process of its own so that nothing else delays its clock. */
export class Load {
  readonly #child: ChildProcess;
  readonly #result: Promise<LoadResult>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#result = new Promise((resolve, reject) => {
      child.on("message", (message: FromLoad) => message.kind === "result" && resolve(message.result));
      child.once("exit", (code) => reject(new Error(`the load ended with ${code} before its result`)));
    });
    // It is awaited by `stop`; until then its failure is no unhandled one.
    this.#result.catch(() => undefined);
  }

  static async start(order: LoadOrder): Promise<Load> {
    const child = fork(join(__dirname, "load-process.ts"), [JSON.stringify(order)], {
      execArgv: ["--require", join(__dirname, "../../../bin/typescript.cjs")],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const load = new Load(child);
    await new Promise<void>((resolve, reject) => {
      child.on("message", (message: FromLoad) => message.kind === "ready" && resolve());
      child.once("exit", (code) => reject(new Error(`the load did not start (exit ${code})`)));
    });
    return load;
  }

  /** What was measured since the last call belongs to this phase. */
  phaseEnded(phase: string): void {
    this.#tell({ kind: "phase-ended", phase });
  }

  /** Lets operations under way finish. */
  async stop(): Promise<LoadResult> {
    this.#tell({ kind: "stop" });
    return this.#result;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #tell(message: ToLoad): void {
    if (this.#child.connected) this.#child.send(message);
  }
}
