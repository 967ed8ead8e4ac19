import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { cacheDirectory, type Environment } from "./cache";
import { cleanVersion } from "./version";

const memoSchema = z.object({ file: z.string(), modifiedMs: z.number(), bytes: z.number(), version: z.string() });

export interface FoundOnPath {
  readonly path: string;
  /** Undefined when the executable does not answer `pulumi version` with a version. */
  readonly version: string | undefined;
}

/** The first `pulumi` of PATH with its version. The version is remembered by file, size and time, as asking costs up to half a second. */
export function pulumiOnPath(env: Environment): FoundOnPath | undefined {
  const path = (env.PATH ?? "")
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, "pulumi"))
    .find(isExecutable);
  if (path === undefined) return undefined;
  const file = realpathSync(path);
  const { mtimeMs: modifiedMs, size: bytes } = statSync(file);
  const memoFile = join(cacheDirectory(env), "pulumi-on-path.json");
  const memo = readMemo(memoFile);
  if (memo?.file === file && memo.modifiedMs === modifiedMs && memo.bytes === bytes)
    return { path, version: memo.version };
  const version = askVersion(path, env);
  if (version !== undefined) writeMemo(memoFile, { file, modifiedMs, bytes, version });
  return { path, version };
}

/** What `pulumi version` of this executable prints, cleaned; undefined when it fails or prints something else. */
export function askVersion(path: string, env: Environment): string | undefined {
  try {
    const printed = execFileSync(path, ["version"], {
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      encoding: "utf8",
      timeout: 20_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return cleanVersion(printed);
  } catch {
    return undefined; // not a working Pulumi: the caller says so
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function readMemo(file: string): z.infer<typeof memoSchema> | undefined {
  try {
    return memoSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined; // no memo yet, or a damaged one: ask again
  }
}

function writeMemo(file: string, memo: z.infer<typeof memoSchema>): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, JSON.stringify(memo));
  renameSync(draft, file);
}
