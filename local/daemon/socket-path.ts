import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";

/** sockaddr_un.sun_path has 108 bytes, the last of which is zero (unix(7)). */
const longestSocketPath = 107;

export interface ShortPath {
  readonly path: string;
  /** Closes what the short path goes through; it means nothing afterwards. */
  release(): void;
}

/** A path for bind(2) and connect(2), which take 107 bytes: a longer one goes through an open descriptor of its directory. */
export function shortSocketPath(socketPath: string): ShortPath {
  if (Buffer.byteLength(socketPath) <= longestSocketPath) return { path: socketPath, release: () => undefined };
  const directory = openSync(dirname(socketPath), constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${directory}/${basename(socketPath)}`, release: () => closeSync(directory) };
}
