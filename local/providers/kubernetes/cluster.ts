import { createHash, randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { copyFileSync, statSync, truncateSync } from "node:fs";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { Cloud } from "../../contract";
import { Pod } from "./pods/pod";
import type { Configuration } from "./pods/pod-identity";

export interface PodTemplate {
  readonly namespace: string;
  /** Pods are called `${owner}-${suffix}`. */
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: IPodSpec;
}

/** A name that pods can look up, as the cluster's DNS would answer it. */
export interface NamedAddresses {
  readonly namespace: string;
  readonly name: string;
  addresses(): readonly string[];
}

/** The kubelet's containerLogMaxSize; one older piece is kept. */
const logPieceBytes = 10 * 2 ** 20;
const housekeepingEveryMs = 30_000;

/** What runs in the Kubernetes of one cloud: pods, and what they can refer to. Emits nothing but `pods`, after any change of any pod. */
export class Cluster {
  static readonly #clusters = new WeakMap<Cloud, Cluster>();
  readonly #pods = new Set<Pod>();
  readonly #objects = new Map<string, ReadonlyMap<string, Buffer>>();
  readonly #names = new Set<NamedAddresses>();
  readonly #events = new EventEmitter().setMaxListeners(0);
  #announced = false;

  private constructor(readonly cloud: Cloud) {
    setInterval(() => this.#rotateLogs(), housekeepingEveryMs).unref();
  }

  static of(cloud: Cloud): Cluster {
    const known = this.#clusters.get(cloud) ?? new Cluster(cloud);
    this.#clusters.set(cloud, known);
    return known;
  }

  /** Calls `listener` soon after any change of any pod; answers how to stop that. */
  onPods(listener: () => void): () => void {
    this.#events.on("pods", listener);
    return () => this.#events.off("pods", listener);
  }

  pods(namespace: string, matches: (pod: Pod) => boolean = () => true): Pod[] {
    return [...this.#pods].filter((pod) => pod.identity.namespace === namespace && matches(pod));
  }

  startPod(template: PodTemplate): Pod {
    const { namespace, owner, labels, annotations, spec } = template;
    const name = `${owner.slice(0, 57)}-${suffix()}`;
    const pod = new Pod({
      cloud: this.cloud,
      identity: {
        ...{ namespace, name, labels, annotations, uid: randomUUID() },
        ip: this.cloud.addresses.of(`pod/${namespace}/${name}`),
        serviceAccountName: spec.serviceAccountName ?? "default",
      },
      spec,
      configuration: this.#configuration(namespace),
      hosts: () => this.#hosts(namespace),
      changed: () => this.announce(),
    });
    this.#pods.add(pod);
    pod.start();
    this.announce();
    return pod;
  }

  /** Ends a pod gracefully and forgets it; its logs stay. */
  async removePod(pod: Pod, graceMs?: number): Promise<void> {
    await pod.stop(graceMs);
    if (!this.#pods.delete(pod)) return;
    this.cloud.addresses.release(`pod/${pod.identity.namespace}/${pod.name}`);
    this.announce();
  }

  /** Makes a ConfigMap or Secret known, or its new content; running pods see the new files. */
  putObject(kind: "ConfigMap" | "Secret", namespace: string, name: string, keys: ReadonlyMap<string, Buffer>): void {
    this.#objects.set(`${kind}/${namespace}/${name}`, keys);
    for (const pod of this.pods(namespace)) pod.refreshFiles();
  }

  removeObject(kind: "ConfigMap" | "Secret", namespace: string, name: string): void {
    this.#objects.delete(`${kind}/${namespace}/${name}`);
  }

  addName(name: NamedAddresses): void {
    this.#names.add(name);
    this.refreshNames();
  }

  removeName(name: NamedAddresses): void {
    this.#names.delete(name);
    this.refreshNames();
  }

  refreshNames(): void {
    for (const pod of this.#pods) pod.refreshHosts();
  }

  /** Tells listeners that something about pods changed; many changes in a row make one call. */
  announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    setImmediate(() => {
      this.#announced = false;
      this.#events.emit("pods");
    });
  }

  #configuration(namespace: string): Configuration {
    return { keysOf: (kind, name) => this.#objects.get(`${kind}/${namespace}/${name}`) };
  }

  #hosts(from: string): string {
    const lines = [...this.#names].flatMap(({ namespace, name, addresses }) => {
      const full = [`${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}.svc`, `${name}.${namespace}`];
      const names = namespace === from ? [...full, name] : full;
      return addresses().map((address) => `${address}\t${names.join(" ")}`);
    });
    return lines.join("\n");
  }

  #rotateLogs(): void {
    for (const { file } of [...this.#pods].flatMap((pod) => pod.logFiles)) {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= logPieceBytes) continue;
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
    }
  }
}

/** Kubernetes' alphabet for generated names: no vowels, no look-alikes. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

function suffix(): string {
  return [...createHash("sha256").update(randomUUID()).digest().subarray(0, 5)]
    .map((byte) => alphabet[byte % alphabet.length])
    .join("");
}
