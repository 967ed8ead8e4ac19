import { readFileSync } from "node:fs";

import { SchemaError, errorMessage } from "../errors";
import { crossCheck } from "./cross-check";
import { manifestSchema, type Manifest } from "./manifest-schema";

const CURE = "Correct every line above; the fields are described in schema/manifest/manifest-schema.ts.";

/**
 * Untrusted data to a manifest, once.
 * @throws SchemaError that lists every problem, each with its path.
 */
export function parseManifest(data: unknown, origin: string): Manifest {
  const parsed = manifestSchema.safeParse(data);
  const problems = parsed.success
    ? crossCheck(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new SchemaError({
    what: `The schema manifest has ${problems.length} problem${problems.length === 1 ? "" : "s"}:\n  ${problems.join("\n  ")}\n`,
    got: origin,
    cure: CURE,
  });
}

/** @throws SchemaError when the file cannot be read, is not JSON or is not a manifest. */
export function readManifest(path: string): Manifest {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SchemaError(
      {
        what: `The schema manifest cannot be read: ${errorMessage(error)}`,
        got: path,
        cure: "Point PLINTH_MANIFEST at the JSON manifest.",
      },
      error,
    );
  }
  return parseManifest(data, path);
}
