import { createHash } from "node:crypto";
import { join } from "node:path";
import type { IServiceSpec } from "kubernetes-models/v1/ServiceSpec";
import type { Cluster } from "../cluster";
import type { Pod } from "../pods/pod";
import { endpointsOf, isSelected, portKey } from "./endpoints";
import { ServiceProxy } from "./service-proxy";

/** A Service at work: follows the pods its selector names, and keeps its proxy (unless headless) and its name up to date. */
export class ServiceRuntime {
  #spec: IServiceSpec;
  #proxy: ServiceProxy | undefined;
  #hosts = "";
  readonly #stopListening: () => void;

  private constructor(
    private readonly cluster: Cluster,
    readonly namespace: string,
    readonly name: string,
    spec: IServiceSpec,
  ) {
    this.#spec = spec;
    this.#stopListening = cluster.onPods(() => void this.#follow());
  }

  static async start(cluster: Cluster, namespace: string, name: string, spec: IServiceSpec): Promise<ServiceRuntime> {
    const runtime = new ServiceRuntime(cluster, namespace, name, spec);
    try {
      await runtime.#startProxy();
    } catch (error) {
      runtime.#stopListening();
      throw error;
    }
    cluster.addName(runtime);
    return runtime;
  }

  get isHeadless(): boolean {
    return this.#spec.clusterIP === "None";
  }

  get address(): string | undefined {
    if (this.isHeadless) return undefined;
    return this.#spec.clusterIP || this.cluster.cloud.addresses.of(`service/${this.namespace}/${this.name}`);
  }

  /** Pods that get traffic now. */
  get readyPods(): Pod[] {
    const takesUnready = this.#spec.publishNotReadyAddresses === true;
    return this.cluster.pods(
      this.namespace,
      (pod) => isSelected(pod.identity.labels, this.#spec.selector) && !pod.terminating && (pod.ready || takesUnready),
    );
  }

  /** What its name stands for: its own address, or those of its pods when headless. */
  readonly addresses = (): readonly string[] =>
    this.address === undefined ? this.readyPods.map(({ identity }) => identity.ip) : [this.address];

  /** Takes a changed spec; connections survive unless the ports change. */
  async apply(spec: IServiceSpec): Promise<void> {
    const samePorts =
      JSON.stringify([spec.ports, spec.sessionAffinity]) ===
      JSON.stringify([this.#spec.ports, this.#spec.sessionAffinity]);
    this.#spec = spec;
    if (samePorts) return this.#follow();
    await this.#proxy?.stop();
    await this.#startProxy();
  }

  async stop(): Promise<void> {
    this.#stopListening();
    this.cluster.removeName(this);
    await this.#proxy?.stop();
  }

  async #startProxy(): Promise<void> {
    const address = this.address;
    if (address === undefined) return;
    const { cloud } = this.cluster;
    const id = `${this.namespace}/${this.name}`;
    const proxy = new ServiceProxy(
      cloud.processes,
      {
        key: `service/${id}`,
        address,
        ports: (this.#spec.ports ?? []).map((port) => ({ name: portKey(port), port: port.port })),
        sticky: this.#spec.sessionAffinity === "ClientIP",
        // Short: the path of a Unix socket has at most 107 characters.
        directory: join(cloud.root, "services", createHash("sha256").update(id).digest("hex").slice(0, 8)),
        logFile: join(cloud.root, "logs", "services", this.namespace, `${this.name}.log`),
      },
      (message) => cloud.log.warn(message),
    );
    this.#proxy = proxy;
    await proxy.start();
    await this.#follow();
  }

  async #follow(): Promise<void> {
    const pods = this.readyPods;
    const hosts = this.addresses().join(" ");
    if (hosts !== this.#hosts) {
      this.#hosts = hosts;
      this.cluster.refreshNames();
    }
    const endpoints = (this.#spec.ports ?? []).map((port) => [portKey(port), endpointsOf(port, pods)] as const);
    await this.#proxy?.setEndpoints(new Map(endpoints));
  }
}
