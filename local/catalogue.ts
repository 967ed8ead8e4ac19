import type { Invoke, Kind } from "./contract";
import { elasticacheKinds } from "./providers/aws/elasticache/elasticache";
import { rdsKinds } from "./providers/aws/rds";
import { awsInvokes, awsStateKinds } from "./providers/aws/state";
import { kubernetesInvokes, kubernetesKinds } from "./providers/kubernetes/kubernetes";
import { randomKinds } from "./providers/random/random";
import type { Package } from "./providers/service";

const awsKinds: readonly Kind[] = [...awsStateKinds, ...rdsKinds, ...elasticacheKinds];

/** Everything the local cloud models, by package. Versions are those of the SDKs it was written against. */
export const packages: readonly Package[] = [
  pack("aws", "7.48.0", awsKinds, awsInvokes),
  pack("kubernetes", "4.34.2", kubernetesKinds, kubernetesInvokes),
  pack("random", "4.21.2", randomKinds, []),
];

export const kindsByType: ReadonlyMap<string, Kind> = new Map(packages.flatMap(({ kinds }) => [...kinds]));

function pack(name: string, version: string, kinds: readonly Kind[], invokes: readonly Invoke[]): Package {
  return {
    name,
    version,
    kinds: new Map(kinds.map((kind) => [kind.type, kind])),
    invokes: new Map(invokes.map((invoke) => [invoke.token, invoke])),
  };
}
