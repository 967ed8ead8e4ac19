import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Pod } from "../pods/pod";

/** The last lines of a file, empty when there is none yet. */
export function tail(file: string, lines: number): string[] {
  const windowBytes = 64 * 1024;
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return []; // the container has not started
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, windowBytes));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .slice(-lines);
  } finally {
    closeSync(descriptor);
  }
}

/** What is wrong with a pod, and the end of its logs, for an error message. */
export function troubleOf(pod: Pod, lines = 10): string[] {
  const logs = pod.logFiles.flatMap(({ container, file }) =>
    tail(file, lines).map((line) => `  ${container}: ${line}`),
  );
  const state = pod.containers.map(({ state }) => (state.state === "waiting" ? state.reason : state.state)).join(", ");
  const why = pod.lastFailure === undefined ? "" : `: ${pod.lastFailure}`;
  return [`pod ${pod.name} is ${pod.phase} (${state}, ${pod.restarts} restarts)${why}`, ...logs];
}
