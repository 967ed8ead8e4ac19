import { z } from "zod";
import type { Bag, Cloud, Kind, Problem } from "../../../contract";
import { Cluster } from "../cluster";
import { bagOf, hasUnknown, liveObject, objectKind, partsOf, textOf } from "./object";

const given = z.unknown();
/** The API server's limit for the content of a ConfigMap or Secret. */
const mostBytes = 2 ** 20;
const keyPattern = /^[-._a-zA-Z0-9]{1,253}$/;

/** core/v1 ConfigMap: its keys become files and variables of pods. */
export const configMap: Kind = configurationKind("ConfigMap", {
  modelled: { data: given, binaryData: given, immutable: given },
  rules: (inputs) => contentProblems(inputs, ["data", "binaryData"]),
  keys: (object) => new Map([...plain(object.data), ...encoded(object.binaryData)]),
  live: (inputs) => inputs,
});

/** core/v1 Secret: as a ConfigMap, with `stringData` folded into `data` in base64. */
export const secret: Kind = configurationKind("Secret", {
  modelled: { data: given, stringData: given, type: given, immutable: given },
  immutable: ["type"],
  rules: (inputs) => [
    ...contentProblems(inputs, ["data", "stringData"]),
    ...typeProblems(inputs),
    ...base64Problems(inputs),
  ],
  keys: (object) => new Map([...encoded(object.data), ...plain(object.stringData)]),
  live: (inputs) => {
    const { stringData, ...rest } = inputs;
    const folded = [...plain(stringData)].map(([key, value]) => [key, value.toString("base64")] as const);
    return { ...rest, type: inputs.type ?? "Opaque", data: { ...bagOf(inputs.data), ...Object.fromEntries(folded) } };
  },
});

function configurationKind(
  kind: "ConfigMap" | "Secret",
  own: {
    modelled: Record<string, z.ZodType>;
    immutable?: readonly string[];
    rules(inputs: Bag): Problem[];
    keys(object: Bag): ReadonlyMap<string, Buffer>;
    live(inputs: Bag): Bag;
  },
): Kind {
  const publish = (cloud: Cloud, id: string, object: Bag) => {
    const { namespace, name } = partsOf(id);
    Cluster.of(cloud).putObject(kind, namespace, name, own.keys(object));
  };
  const base = objectKind({ apiVersion: "v1", kind, ...own });
  return {
    ...base,
    bootOrder: 20,
    diff: (changes, olds, _news, _cloud, provider) => {
      const mutable = olds.immutable !== true && provider[mutableOption[kind]] === "true";
      const fixed = mutable ? [] : [...content, ...(olds.immutable === true ? ["immutable"] : [])];
      return changes.map((change) => ({ ...change, replace: change.replace || fixed.includes(firstOf(change.path)) }));
    },
    async create(operation) {
      publish(operation.cloud, operation.id, operation.inputs);
      return liveObject(operation, own.live(withoutMetadata(operation.inputs)));
    },
    async update(operation) {
      publish(operation.cloud, operation.id, operation.inputs);
      return liveObject(operation, own.live(withoutMetadata(operation.inputs)));
    },
    async resume({ id, inputs }, cloud) {
      publish(cloud, id, inputs);
    },
    async delete({ cloud, id }) {
      const { namespace, name } = partsOf(id);
      Cluster.of(cloud).removeObject(kind, namespace, name);
    },
    async describe({ inputs }) {
      const count = own.keys(inputs).size;
      return `${count} ${count === 1 ? "key" : "keys"}${inputs.immutable === true ? ", immutable" : ""}`;
    },
  };
}

/** Without this setting of the provider new content is a new object, so that pods that mount it roll (pulumi-kubernetes, `forceNewProperties`). */
const mutableOption = { ConfigMap: "enableConfigMapMutable", Secret: "enableSecretMutable" } as const;

const content = ["data", "binaryData", "stringData"];

function firstOf(path: string): string {
  return path.split(/[.[]/)[0] ?? path;
}

function withoutMetadata(inputs: Bag): Bag {
  const { metadata: _metadata, ...rest } = inputs;
  return rest;
}

function plain(map: Bag[string] | undefined): [string, Buffer][] {
  return Object.entries(bagOf(map)).map(([key, value]) => [key, Buffer.from(textOf(value))]);
}

function encoded(map: Bag[string] | undefined): [string, Buffer][] {
  return Object.entries(bagOf(map)).map(([key, value]) => [key, Buffer.from(textOf(value), "base64")]);
}

function contentProblems(inputs: Bag, properties: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  let bytes = 0;
  for (const property of properties)
    for (const [key, value] of Object.entries(bagOf(inputs[property]))) {
      bytes += typeof value === "string" ? Buffer.byteLength(value) : 0;
      if (!keyPattern.test(key) || key === "." || key === "..")
        problems.push({ property: `${property}.${key}`, reason: "a key has letters, digits, '-', '_' and '.' only" });
    }
  if (bytes > mostBytes)
    problems.push({
      property: properties[0] ?? "data",
      reason: `holds ${bytes} bytes; at most ${mostBytes} are allowed`,
    });
  return problems;
}

/** Keys that the API server demands by type. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/basic-auth": [],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
};

function typeProblems(inputs: Bag): Problem[] {
  if (hasUnknown(inputs.data) || hasUnknown(inputs.stringData)) return [];
  const keys = new Set([...Object.keys(bagOf(inputs.data)), ...Object.keys(bagOf(inputs.stringData))]);
  return (requiredKeys[textOf(inputs.type)] ?? [])
    .filter((key) => !keys.has(key))
    .map((key) => ({ property: `data.${key}`, reason: `is required in a Secret of type ${textOf(inputs.type)}` }));
}

function base64Problems(inputs: Bag): Problem[] {
  return Object.entries(bagOf(inputs.data))
    .filter(([, value]) => typeof value === "string" && !hasUnknown(value) && !isBase64(value))
    .map(([key]) => ({ property: `data.${key}`, reason: "is not base64; plain text belongs in stringData" }));
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) && text.replace(/\s/g, "").length % 4 === 0;
}
