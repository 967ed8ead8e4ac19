/** What a pod can learn about itself. */
export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly ip: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccountName: string;
}

/** Keys and contents of the ConfigMaps and Secrets of the pod's namespace; undefined when there is no such object. */
export interface Configuration {
  keysOf(kind: "ConfigMap" | "Secret", name: string): ReadonlyMap<string, Buffer> | undefined;
}

/** The pod cannot start yet, as when a ConfigMap it names is not there: Kubernetes waits, and so do we. */
export class NotYet extends Error {
  constructor(
    /** Waiting reason as the kubelet words it. */
    readonly reason: "CreateContainerConfigError" | "ContainerCreating",
    message: string,
  ) {
    super(message);
  }
}

export const nodeName = "local";
/** The machine itself, as pods see it. */
export const hostIp = "127.0.0.1";
