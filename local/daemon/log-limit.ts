import { copyFileSync, readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";

/** A day of a chatty server at some hundred bytes a second; two of them are kept. */
const largestLogBytes = 16 * 1024 * 1024;
const lookEveryMs = 30_000;

/** Keeps every log under the directory from growing without bound: what is too long becomes `<name>.1`, and the log begins anew. */
export function limitLogs(directory: string): NodeJS.Timeout {
  trimLogs(directory, largestLogBytes);
  return setInterval(() => trimLogs(directory, largestLogBytes), lookEveryMs).unref();
}

/** Writers append, so a log may be emptied under them; a line written between the copy and the cut is lost. */
export function trimLogs(directory: string, largestBytes: number): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".log")) continue;
    const file = join(entry.parentPath, entry.name);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= largestBytes) continue;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}
