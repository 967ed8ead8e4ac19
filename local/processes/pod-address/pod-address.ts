import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const source = join(__dirname, "pod-address.c");
const compilers = ["cc", "gcc", "clang"];

/** Where the library appears in containers. */
export const podAddressLibrary = "/plinth/pod-address.so";

const built = new Map<string, Promise<string | undefined>>();

/**
 * The library that keeps the sockets of a pod on the pod's own address, compiled once into `directory`; undefined when this machine has no working C
 * compiler: pods then have to listen on `status.podIP` by themselves.
 */
export function buildPodAddressLibrary(directory: string): Promise<string | undefined> {
  const known = built.get(directory) ?? build(directory);
  built.set(directory, known);
  return known;
}

async function build(directory: string): Promise<string | undefined> {
  const digest = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
  const library = join(directory, `pod-address-${digest}.so`);
  if (existsSync(library)) return library;
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const draft = `${library}.${process.pid}.draft`;
  for (const compiler of compilers) {
    try {
      await promisify(execFile)(compiler, ["-O2", "-shared", "-fPIC", "-o", draft, source, "-ldl"]);
      renameSync(draft, library);
      return library;
    } catch {
      continue; // not there, or without the headers of the C library
    }
  }
  return undefined;
}
