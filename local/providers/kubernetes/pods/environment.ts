import { cpus, totalmem } from "node:os";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IEnvVarSource } from "kubernetes-models/v1/EnvVarSource";
import type { IObjectFieldSelector } from "kubernetes-models/v1/ObjectFieldSelector";
import type { IResourceFieldSelector } from "kubernetes-models/v1/ResourceFieldSelector";
import { quantity } from "../manifests/quantity";
import { hostIp, nodeName, NotYet, type Configuration, type PodIdentity } from "./pod-identity";

/**
 * The environment a container starts with: `envFrom` first, then `env` in order, each value seeing the ones before it.
 * @throws NotYet when an object or key that is not optional is missing.
 */
export function environment(
  container: IContainer,
  pod: PodIdentity,
  configuration: Configuration,
  inherited: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = { ...inherited };
  for (const source of container.envFrom ?? []) {
    const [kind, reference] = source.configMapRef
      ? (["ConfigMap", source.configMapRef] as const)
      : (["Secret", source.secretRef] as const);
    const keys = configuration.keysOf(kind, reference?.name ?? "");
    if (!keys && !reference?.optional) throw missing(kind, reference?.name ?? "");
    for (const [key, value] of keys ?? []) env[`${source.prefix ?? ""}${key}`] = value.toString("utf8");
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const found = valueFrom ? valueOf(valueFrom, container, pod, configuration) : expand(value ?? "", env);
    if (found !== undefined) env[name] = found;
  }
  return env;
}

/** Replaces `$(NAME)` by its value; unknown names stay, `$$(NAME)` becomes `$(NAME)`. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([-._a-zA-Z0-9]+)\)/g, (match, name: string | undefined) =>
    name === undefined ? "$" : (env[name] ?? match),
  );
}

function valueOf(
  source: IEnvVarSource,
  container: IContainer,
  pod: PodIdentity,
  configuration: Configuration,
): string | undefined {
  if (source.fieldRef) return fieldOf(source.fieldRef, pod);
  if (source.resourceFieldRef) return resourceOf(source.resourceFieldRef, container);
  const [kind, reference] = source.secretKeyRef
    ? (["Secret", source.secretKeyRef] as const)
    : (["ConfigMap", source.configMapKeyRef] as const);
  if (!reference) return undefined;
  const keys = configuration.keysOf(kind, reference.name ?? "");
  const value = keys?.get(reference.key)?.toString("utf8");
  if (value === undefined && !reference.optional) throw missing(kind, reference.name ?? "", keys && reference.key);
  return value;
}

const knownFields = [
  ...["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"],
  ...["status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs", "metadata.labels", "metadata.annotations"],
];
const entryPath = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

/** Whether the local cloud can answer this field path. */
export function isKnownField(fieldPath: string): boolean {
  return knownFields.includes(fieldPath) || entryPath.test(fieldPath);
}

/** The value of a field of the pod; label and annotation maps as `key="value"` lines (downward API). */
export function fieldOf({ fieldPath }: IObjectFieldSelector, pod: PodIdentity): string {
  const [, group, key] = entryPath.exec(fieldPath) ?? [];
  if (group !== undefined) return (group === "labels" ? pod.labels : pod.annotations)[key ?? ""] ?? "";
  const fields: Readonly<Record<string, string>> = {
    "metadata.name": pod.name,
    "metadata.namespace": pod.namespace,
    "metadata.uid": pod.uid,
    "metadata.labels": lines(pod.labels),
    "metadata.annotations": lines(pod.annotations),
    "spec.nodeName": nodeName,
    "spec.serviceAccountName": pod.serviceAccountName,
    "status.podIP": pod.ip,
    "status.podIPs": pod.ip,
    "status.hostIP": hostIp,
    "status.hostIPs": hostIp,
  };
  return fields[fieldPath] ?? "";
}

/** A limit or request of the container, rounded up to its divisor; a missing limit is what the machine has. */
export function resourceOf({ resource, divisor }: IResourceFieldSelector, container: IContainer): string {
  const [group, name] = resource.split(".", 2);
  const { limits, requests } = container.resources ?? {};
  const set = group === "limits" ? limits?.[name ?? ""] : (requests?.[name ?? ""] ?? limits?.[name ?? ""]);
  const machine = name === "cpu" ? cpus().length : name === "memory" ? totalmem() : 0;
  const amount = set === undefined ? (group === "limits" ? machine : 0) : quantity(set);
  const unit = divisor === undefined || divisor === "0" ? 1 : quantity(divisor);
  return String(Math.ceil(amount / unit));
}

function lines(map: Readonly<Record<string, string>>): string {
  return Object.entries(map)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join("\n");
}

function missing(kind: string, name: string, key?: string | false): NotYet {
  const object = `${kind === "Secret" ? "secret" : "configmap"} "${name}"`;
  return new NotYet(
    "CreateContainerConfigError",
    key === undefined || key === false ? `${object} not found` : `couldn't find key "${key}" in ${object}`,
  );
}
