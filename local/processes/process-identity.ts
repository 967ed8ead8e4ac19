import { readFileSync } from "node:fs";

/**
 * When the process with this id started, in clock ticks since boot plus the boot's own id: a pid alone is reused, the pair is not.
 * Undefined when there is no such process or it is a zombie.
 */
export function processIdentity(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // ENOENT or ESRCH: it is gone, which is the answer
  }
  // The command name is in parentheses and may hold spaces; fields are counted after it (proc(5): state is 3rd, starttime 22nd).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return `${bootId()}/${fields[19]}`;
}

let cachedBootId: string | undefined;

function bootId(): string {
  cachedBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return cachedBootId;
}
