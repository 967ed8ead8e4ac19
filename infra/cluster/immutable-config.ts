import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { dataDigest } from "./digest";

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
