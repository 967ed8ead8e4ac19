import { readdirSync, readlinkSync } from "node:fs";
import { waitFor } from "./wait";

/**
 * Kills every process whose working directory is `directory` and waits until none is left. A Postgres backend leads a session of its own, so
 * neither a process group nor its dead postmaster leads to it; but each works in its data directory.
 */
export async function fence(directory: string): Promise<void> {
  await waitFor({ what: `the end of all processes in ${directory}`, timeoutMs: 10_000, everyMs: 5 }, () => {
    const left = processesIn(directory);
    for (const pid of left) kill(pid);
    return left.length === 0;
  });
}

function processesIn(directory: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingDirectory(pid) === directory);
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // gone, a zombie, or somebody else's: not ours to end
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
