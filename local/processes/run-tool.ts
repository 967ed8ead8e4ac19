import { readFileSync } from "node:fs";
import type { ProcessSpec, Supervisor } from "./supervisor";

/** Runs a program to its end under the supervisor. @throws with the last lines of its log when it fails or is aborted. */
export async function runTool(processes: Supervisor, spec: ProcessSpec, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const running = await processes.start(spec);
  const abort = () => running.signal("SIGKILL");
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const exit = await running.exited;
    if (exit.code === 0) return;
    signal?.throwIfAborted();
    const end = exit.signal === null ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
    throw new Error(`${spec.command} ${end}${logTail(spec.logFile)}`);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** The last lines of a log, for an error message. */
export function logTail(file: string, lines = 8): string {
  try {
    return `\n${readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n")}`;
  } catch {
    return ` (no log at ${file})`;
  }
}
