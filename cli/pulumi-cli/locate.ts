import { UserError } from "../user-error";
import { keptInstallation, sourceOfKept, type Environment } from "./cache";
import { pulumiOnPath } from "./on-path";
import { isUsable, oldestVersion, pinnedVersion } from "./version";

export interface PulumiCli {
  /** The executable, absolute. */
  readonly path: string;
  /** Without the leading `v`. */
  readonly version: string;
  /** For people: "PATH", or how the project's own copy was made ("official installer", "Go build"). */
  readonly source: string;
  /** What `PulumiCommand.get({ root })` of the Automation API wants; undefined for a CLI from PATH, where it is not needed. */
  readonly root?: string;
}

/** The search failed; `tried` has one sentence per place. */
export interface NoPulumiCli {
  readonly tried: readonly string[];
}

/** Looks without installing anything: PATH (when new enough), then the project's own copy. Starts no process once the answer is known. */
export function findPulumi(env: Environment): PulumiCli | NoPulumiCli {
  const tried: string[] = [];
  const found = pulumiOnPath(env);
  if (found?.version !== undefined && isUsable(found.version))
    return { path: found.path, version: found.version, source: "PATH" };
  tried.push(
    found === undefined
      ? "there is no 'pulumi' on PATH"
      : `'${found.path}' is ${found.version ?? "no working Pulumi CLI"}, and ${oldestVersion} or a newer 3.x is needed`,
  );
  const source = sourceOfKept(env);
  if (source !== undefined) return { ...keptInstallation(env), version: pinnedVersion, source };
  tried.push(`there is no copy at ${keptInstallation(env).path}`);
  return { tried };
}

/**
 * The Pulumi CLI to run the engine with.
 * @throws UserError when the set-up has not provided one.
 */
export function locatePulumi(env: Environment = process.env): PulumiCli {
  const cli = findPulumi(env);
  if ("tried" in cli)
    throw new UserError(`no Pulumi CLI: ${cli.tried.join("; ")}; run 'make setup', which installs one`);
  return cli;
}
