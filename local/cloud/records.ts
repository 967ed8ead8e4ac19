import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { z } from "zod";

/** A file name has at most 255 bytes; the rest is left for the draft's suffix. Longer names (ARNs, alarms) keep their beginning and get a digest. */
const longestStem = 200;

function fileOf(name: string): string {
  const encoded = encodeURIComponent(name).replace(/\./g, "%2E");
  if (encoded.length <= longestStem) return `${encoded}.json`;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return `${encoded.slice(0, longestStem - digest.length)}~${digest}.json`;
}

/**
 * Small documents that outlive the process: one JSON file each, mode 0600, replaced atomically and synced, so that a kill at any moment
 * leaves the old document or the new one.
 */
export class Records {
  constructor(private readonly directory: string) {}

  /** @throws when the document is there but is not what the schema says, naming the file. */
  get<T>(collection: string, name: string, schema: z.ZodType<T>): T | undefined {
    return this.#read(join(this.directory, collection, fileOf(name)), schema);
  }

  put(collection: string, name: string, document: unknown): void {
    const folder = join(this.directory, collection);
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    const path = join(folder, fileOf(name));
    const draft = `${path}.${process.pid}.draft`;
    const file = openSync(draft, "w", 0o600);
    try {
      writeSync(file, JSON.stringify(document));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  }

  delete(collection: string, name: string): void {
    rmSync(join(this.directory, collection, fileOf(name)), { force: true });
  }

  /** Every document of the collection, in the order of their names. */
  list<T>(collection: string, schema: z.ZodType<T>): T[] {
    const folder = join(this.directory, collection);
    return filesIn(folder)
      .filter((file) => file.endsWith(".json"))
      .sort()
      .flatMap((file) => this.#read(join(folder, file), schema) ?? []);
  }

  /** Removes the drafts of writers that were killed. Only for who knows that nobody else writes. */
  removeDrafts(): void {
    for (const file of filesIn(this.directory, true).filter((name) => name.endsWith(".draft")))
      rmSync(join(this.directory, file), { force: true });
  }

  #read<T>(path: string, schema: z.ZodType<T>): T | undefined {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      throw new Error(
        `${path} is not a record that this version of the local cloud can read; run 'plinth down --delete' to begin anew`,
        { cause: error },
      );
    }
  }
}

function filesIn(folder: string, recursive = false): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: "utf8" });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  // Not instanceof: under jest the errors of Node's own modules belong to another realm.
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}
