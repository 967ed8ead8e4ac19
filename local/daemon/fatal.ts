import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { z } from "zod";

const fatalLevel = 60;
const fatalSchema = z.looseObject({ level: z.literal(fatalLevel), msg: z.string() });
/** Enough for the last lines; the log itself may be large. */
const tailBytes = 8_192;
const tailLines = 5;

/** Size of the log now, so that a later look begins where this start of the local cloud did. */
export function logSize(file: string): number {
  return withFile(file, (descriptor) => fstatSync(descriptor).size) ?? 0;
}

/** Why the local cloud ended: what it said itself, else the last lines it wrote after `from` bytes of its log. */
export function lastWords(file: string, from: number): string {
  const text =
    withFile(file, (descriptor) => {
      const end = fstatSync(descriptor).size;
      const start = Math.max(Math.min(from, end), end - tailBytes);
      const buffer = Buffer.alloc(end - start);
      readSync(descriptor, buffer, 0, buffer.length, start);
      return buffer.toString("utf8");
    }) ?? "";
  const lines = text.split("\n").filter((line) => line !== "");
  const said = lines.map(fatalMessage).findLast((message) => message !== undefined);
  return said ?? (lines.length > 0 ? lines.slice(-tailLines).join("\n") : "it left nothing in its log");
}

function fatalMessage(line: string): string | undefined {
  try {
    const parsed = fatalSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data.msg : undefined;
  } catch {
    return undefined; // not of the log's own writer
  }
}

function withFile<T>(file: string, use: (descriptor: number) => T): T | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return undefined; // there is no log yet
  }
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
