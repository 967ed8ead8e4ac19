import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { processIdentity } from "../../local/processes/process-identity";

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Living processes that have `text` in their command line, environment or working directory; never this one. */
export function processesOf(text: string): FoundProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && processIdentity(pid) !== undefined && mentions(pid, text))
    .map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() }));
}

/** Kills them and says which they were. */
export function killProcessesOf(text: string): FoundProcess[] {
  const found = processesOf(text);
  for (const { pid } of found) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended between the two looks, which is what was wanted.
    }
  }
  return found;
}

function mentions(pid: number, text: string): boolean {
  return (
    [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => read(file).includes(text)) ||
    cwd(pid).includes(text)
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // gone, or somebody else's
  }
}

function cwd(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
