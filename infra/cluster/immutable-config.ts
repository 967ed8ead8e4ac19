import { createHash } from "node:crypto";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

/** Ten hex digits that stand for a content: names of things that are replaced when it changes. */
export function digest(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 10);
}

/** Kubernetes refuses a ConfigMap above 1 MiB (kubernetes.io, "ConfigMaps"). */
export const configMapLimitBytes = 1024 * 1024;

/** Digest of a ConfigMap's data, independent of the order of its keys. */
export function dataDigest(data: Readonly<Record<string, string>>): string {
  return digest(
    ...Object.keys(data)
      .sort()
      .flatMap((key) => [key, data[key] ?? ""]),
  );
}

/**
 * A ConfigMap named after its content. Pods name it, so a change rolls them and a rollback finds the old one's content;
 * immutable ones also cost the API server no watches.
 */
export function immutableConfigMap(
  logicalName: string,
  baseName: string,
  namespace: pulumi.Input<string>,
  data: Record<string, pulumi.Input<string>>,
  opts: pulumi.CustomResourceOptions,
): core.ConfigMap {
  const content = pulumi.all(data);
  return new core.ConfigMap(
    logicalName,
    {
      metadata: { name: content.apply((values) => `${baseName}-${dataDigest(values)}`), namespace },
      immutable: true,
      data: content,
    },
    opts,
  );
}
