import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { VolumeFile } from "./volume-files";

const isRoot = () => process.getuid?.() === 0;

/** An emptyDir: everybody in the pod may write, and files belong to `fsGroup` when there is one. */
export function makeEmptyDirectory(directory: string, fsGroup: number | undefined): void {
  mkdirSync(directory, { recursive: true });
  if (isRoot()) chownSync(directory, 0, fsGroup ?? 0);
  chmodSync(directory, fsGroup === undefined ? 0o777 : 0o2777);
}

/**
 * Makes a directory hold exactly these files, each replaced at once, so that a running container sees the old or the new one. A file keeps its
 * inode while its content stays; a container that mounts it by `subPath` keeps the old one for ever, as in Kubernetes.
 */
export function writeVolume(directory: string, files: readonly VolumeFile[], fsGroup: number | undefined): void {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
  for (const { path, content, mode } of files) {
    const target = join(directory, path);
    // Kubernetes lets the group read what fsGroup is given for.
    const finalMode = fsGroup === undefined ? mode : mode | 0o440;
    if (sameContent(target, content)) continue;
    mkdirSync(dirname(target), { recursive: true });
    const draft = `${target}.draft`;
    rmSync(draft, { force: true });
    writeFileSync(draft, content, { mode: 0o600 });
    if (isRoot()) chownSync(draft, 0, fsGroup ?? 0);
    chmodSync(draft, finalMode);
    renameSync(draft, target);
  }
  const wanted = new Set(files.map(({ path }) => path));
  for (const path of filesBelow(directory)) if (!wanted.has(path)) rmSync(join(directory, path));
}

function sameContent(path: string, content: Buffer): boolean {
  try {
    return readFileSync(path).equals(content);
  } catch {
    return false; // not there yet
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}
