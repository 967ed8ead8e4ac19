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

const encode = (name: string) => encodeURIComponent(name).replace(/\./g, "%2E");

/**
 * Small documents that outlive the process: one JSON file each, mode 0600, replaced atomically and synced, so that a kill at any moment
 * leaves the old document or the new one.
 */
export class Records {
  constructor(private readonly directory: string) {}

  get<T>(collection: string, name: string, schema: z.ZodType<T>): T | undefined {
    const text = this.#readIfThere(join(this.directory, collection, `${encode(name)}.json`));
    return text === undefined ? undefined : schema.parse(JSON.parse(text));
  }

  put(collection: string, name: string, document: unknown): void {
    const folder = join(this.directory, collection);
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    const path = join(folder, `${encode(name)}.json`);
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
    rmSync(join(this.directory, collection, `${encode(name)}.json`), { force: true });
  }

  names(collection: string): string[] {
    try {
      return readdirSync(join(this.directory, collection))
        .filter((file) => file.endsWith(".json"))
        .map((file) => decodeURIComponent(file.slice(0, -".json".length)))
        .sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  list<T>(collection: string, schema: z.ZodType<T>): T[] {
    return this.names(collection).flatMap((name) => this.get(collection, name, schema) ?? []);
  }

  #readIfThere(path: string): string | undefined {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  // Not instanceof: under jest the errors of Node's own modules belong to another realm.
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}
