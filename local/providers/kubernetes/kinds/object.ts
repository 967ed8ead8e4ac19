import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  Refusal,
  UNKNOWN,
  type Bag,
  type Kind,
  type Operation,
  type Problem,
  type UpdateOperation,
  type Value,
} from "../../../contract";
import { modelledMetadata } from "../manifests/modelled-metadata";
import { nameProblems } from "../manifests/name-rules";
import { schemaProblems } from "../manifests/published-schema";

export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly clusterScoped?: boolean;
  /** Modelled properties beside apiVersion, kind and metadata. */
  readonly modelled: Record<string, z.ZodType>;
  /** Immutable properties beside name and namespace. */
  readonly immutable?: readonly string[];
  /** What the API server refuses beyond the published schema. */
  rules?(inputs: Bag): Problem[];
}

export const namespaceType = "kubernetes:core/v1:Namespace";
/** Every cluster has these from the start. */
const builtInNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];
const autonamed = "pulumi.com/autonamed";

/** The part that is the same for every Kubernetes object: type token, naming, validation, identity, immutability of its name. */
export function objectKind(
  object: ObjectKind,
): Required<Pick<Kind, "type" | "inputs" | "defaults" | "refuse" | "identify" | "replaceOn" | "deleteBeforeReplace">> {
  const token = object.apiVersion === "v1" ? "core/v1" : object.apiVersion;
  return {
    type: `kubernetes:${token}:${object.kind}`,
    inputs: z
      .strictObject({
        apiVersion: z.literal(object.apiVersion),
        kind: z.literal(object.kind),
        metadata: modelledMetadata,
        ...object.modelled,
      })
      .partial(),
    replaceOn: ["metadata.name", "metadata.namespace", ...(object.immutable ?? [])],
    defaults(inputs, naming) {
      const metadata = bagOf(inputs.metadata);
      const prior = bagOf(bagOf(naming.prior).metadata);
      const isNamed = metadata.name !== undefined && metadata.name !== "";
      const kept = bagOf(prior.annotations)[autonamed] === "true" ? prior.name : undefined;
      return {
        ...inputs,
        apiVersion: inputs.apiVersion ?? object.apiVersion,
        kind: inputs.kind ?? object.kind,
        metadata: {
          ...metadata,
          ...(isNamed
            ? {}
            : {
                name: kept ?? naming.auto("metadata.name", { digits: 8, maxLength: 253 }),
                annotations: { ...bagOf(metadata.annotations), [autonamed]: "true" },
              }),
          ...(object.clusterScoped ? {} : { namespace: metadata.namespace ?? "default" }),
        },
      };
    },
    refuse: (inputs) => [
      ...nameProblems(object.kind, bagOf(inputs.metadata)),
      ...schemaProblems(object.kind, inputs),
      ...(object.rules?.(inputs) ?? []),
    ],
    identify(inputs, _naming, cloud) {
      const { name, namespace } = bagOf(inputs.metadata);
      if (object.clusterScoped) return textOf(name);
      const isKnown =
        builtInNamespaces.includes(textOf(namespace)) || cloud.resource(namespaceType, textOf(namespace)) !== undefined;
      if (!isKnown)
        throw new Refusal(
          "NotFound",
          `namespaces "${textOf(namespace)}" not found; register it with kubernetes.core.v1.Namespace and take its name from there`,
        );
      return `${textOf(namespace)}/${textOf(name)}`;
    },
    deleteBeforeReplace: (inputs) => bagOf(bagOf(inputs.metadata).annotations)[autonamed] !== "true",
  };
}

/** Namespace and name of an id; the namespace of a cluster-scoped object is empty. */
export function partsOf(id: string): { namespace: string; name: string } {
  const slash = id.indexOf("/");
  return { namespace: id.slice(0, Math.max(0, slash)), name: id.slice(slash + 1) };
}

/** The object as the API server would return it: the manifest, with the metadata that only the server knows. */
export function liveObject(operation: Operation | UpdateOperation, changes: Bag = {}): Bag {
  const { inputs, id } = operation;
  const { namespace, name } = partsOf(id);
  const before = "priorOutputs" in operation ? bagOf(operation.priorOutputs.metadata) : {};
  const specChanged =
    "priorInputs" in operation && JSON.stringify(operation.priorInputs.spec) !== JSON.stringify(inputs.spec);
  return {
    ...inputs,
    metadata: {
      ...bagOf(inputs.metadata),
      name,
      ...(namespace === "" ? {} : { namespace }),
      uid: before.uid ?? randomUUID(),
      creationTimestamp: before.creationTimestamp ?? timestamp(new Date()),
      resourceVersion: String(Date.now()),
      ...(inputs.spec === undefined ? {} : { generation: Number(before.generation ?? 1) + (specChanged ? 1 : 0) }),
    },
    ...changes,
  };
}

/** As Kubernetes writes times: RFC 3339 without fractions. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}

export function bagOf(value: Value | undefined): Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** A string property; empty when it is something else. */
export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

/** Whether Pulumi was told not to wait for this object. */
export function skipsAwait(inputs: Bag): boolean {
  return bagOf(bagOf(inputs.metadata).annotations)["pulumi.com/skipAwait"] === "true";
}

/** Whether some value in there is only known after an earlier resource exists. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner) => hasUnknown(inner));
}

/** A kind that is only remembered: nothing runs because of it. */
export function stateKind(object: ObjectKind, more: Partial<Kind> = {}): Kind {
  return {
    ...objectKind(object),
    create: async (operation) => liveObject(operation),
    update: async (operation) => liveObject(operation),
    delete: async () => undefined,
    ...more,
  };
}
