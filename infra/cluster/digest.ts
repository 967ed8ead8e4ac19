import { createHash } from "node:crypto";

/** Ten hex digits that stand for a content: names of things that are replaced when it changes. */
export function digest(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 10);
}

/** Digest of a ConfigMap's data, independent of the order of its keys. */
export function dataDigest(data: Readonly<Record<string, string>>): string {
  return digest(
    ...Object.keys(data)
      .sort()
      .flatMap((key) => [key, data[key] ?? ""]),
  );
}
