import path from "node:path";
import { buildSync } from "esbuild";

/** Kubernetes refuses a ConfigMap above 1 MiB (kubernetes.io, "ConfigMaps"). */
const configMapLimitBytes = 1024 * 1024;

/** Directory that paths in the configuration start from. */
export const projectRoot = path.resolve(__dirname, "../..");

/** Room for the name, labels and envelope of the ConfigMap beside its data. */
const envelopeBytes = 16 * 1024;

/**
 * The hook's program as one file of JavaScript, so that a stock Node image runs it without a build or a registry of ours.
 * The same sources give the same text: it is part of the digest that decides whether the hook runs.
 *
 * @param entry Path of the program's entry, relative to the project's root.
 * @throws When a ConfigMap could not hold it.
 */
export function bundleProgram(entry: string, root: string = projectRoot): string {
  const result = buildSync({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    legalComments: "none",
    // Optional native client of `pg`, never installed.
    external: ["pg-native"],
    write: false,
    logLevel: "silent",
  });
  const text = result.outputFiles[0]?.text ?? "";
  const bytes = Buffer.byteLength(text);
  if (bytes > configMapLimitBytes - envelopeBytes)
    throw new Error(
      `the bundle of ${entry} has ${bytes} bytes and a ConfigMap holds ${configMapLimitBytes}: import less in it`,
    );
  return text;
}
