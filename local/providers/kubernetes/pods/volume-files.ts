import type { IContainer } from "kubernetes-models/v1/Container";
import type { IDownwardAPIVolumeFile } from "kubernetes-models/v1/DownwardAPIVolumeFile";
import type { IKeyToPath } from "kubernetes-models/v1/KeyToPath";
import type { IVolume } from "kubernetes-models/v1/Volume";
import { fieldOf, resourceOf } from "./environment";
import { NotYet, type Configuration, type PodIdentity } from "./pod-identity";

export interface VolumeFile {
  /** Relative to the volume's root. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/** What Kubernetes gives files of these volumes unless told otherwise. */
const standardMode = 0o644;

/**
 * The files of a configMap, secret, projected or downwardAPI volume; undefined for an emptyDir.
 * @throws NotYet when an object or key that is not optional is missing.
 */
export function volumeFiles(
  volume: IVolume,
  pod: PodIdentity,
  containers: readonly IContainer[],
  configuration: Configuration,
): VolumeFile[] | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap)
    return fromKeys("ConfigMap", { ...configMap, name: configMap.name ?? "" }, configMap.defaultMode, configuration);
  if (secret)
    return fromKeys("Secret", { ...secret, name: secret.secretName ?? "" }, secret.defaultMode, configuration);
  if (downwardAPI) return fromPod(downwardAPI.items ?? [], downwardAPI.defaultMode, pod, containers);
  if (!projected) return undefined;
  return (projected.sources ?? []).flatMap((source) => [
    ...(source.configMap
      ? fromKeys(
          "ConfigMap",
          { ...source.configMap, name: source.configMap.name ?? "" },
          projected.defaultMode,
          configuration,
        )
      : []),
    ...(source.secret
      ? fromKeys("Secret", { ...source.secret, name: source.secret.name ?? "" }, projected.defaultMode, configuration)
      : []),
    ...(source.downwardAPI ? fromPod(source.downwardAPI.items ?? [], projected.defaultMode, pod, containers) : []),
  ]);
}

function fromKeys(
  kind: "ConfigMap" | "Secret",
  source: { name: string; items?: IKeyToPath[]; optional?: boolean },
  defaultMode: number | undefined,
  configuration: Configuration,
): VolumeFile[] {
  const keys = configuration.keysOf(kind, source.name);
  const object = `${kind === "Secret" ? "secret" : "configmap"} "${source.name}"`;
  if (!keys && source.optional) return [];
  if (!keys) throw new NotYet("ContainerCreating", `MountVolume.SetUp failed: ${object} not found`);
  const items: readonly IKeyToPath[] = source.items ?? [...keys.keys()].map((key) => ({ key, path: key }));
  return items.flatMap(({ key, path, mode }) => {
    const content = keys.get(key);
    if (content) return [{ path, content, mode: mode ?? defaultMode ?? standardMode }];
    if (source.optional) return [];
    throw new NotYet("ContainerCreating", `MountVolume.SetUp failed: ${object} has no key "${key}"`);
  });
}

function fromPod(
  items: readonly IDownwardAPIVolumeFile[],
  defaultMode: number | undefined,
  pod: PodIdentity,
  containers: readonly IContainer[],
): VolumeFile[] {
  return items.map(({ path, fieldRef, resourceFieldRef, mode }) => {
    const container = containers.find(({ name }) => name === resourceFieldRef?.containerName) ?? containers[0];
    const text = fieldRef
      ? fieldOf(fieldRef, pod)
      : resourceFieldRef && container
        ? resourceOf(resourceFieldRef, container)
        : "";
    return { path, content: Buffer.from(text), mode: mode ?? defaultMode ?? standardMode };
  });
}
