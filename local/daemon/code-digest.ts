import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** Changes when a file of the local cloud or the set of installed packages does: a running daemon of another digest is out of date. */
export function codeDigest(): string {
  const room = resolve(__dirname, "..");
  const files = readdirSync(room, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => join(room, file));
  const hash = createHash("sha256");
  for (const file of [...files, resolve(room, "..", "package-lock.json")]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}
