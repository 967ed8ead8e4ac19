import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { Cloud } from "../../../contract";
import { unprivilegedAccount } from "../../../processes/accounts";
import type { Mount } from "../../../processes/mount-plan";
import { buildPodAddressLibrary, podAddressLibrary } from "../../../processes/pod-address/pod-address";
import { startSandbox, type Sandbox } from "../../../processes/sandbox";
import { standInsSource, standInsTarget } from "../images/image-catalogue";
import { machine } from "../images/machine";
import { containerPath, resolveCommand } from "../images/resolve-command";
import { ContainerRunner } from "./container-runner";
import { environment, expand } from "./environment";
import { NotYet, type Configuration, type PodIdentity } from "./pod-identity";
import { runAs } from "./security";
import { makeEmptyDirectory, writeVolume } from "./volume-directory";
import { volumeFiles } from "./volume-files";

export interface PodRequest {
  readonly identity: PodIdentity;
  readonly spec: IPodSpec;
  readonly cloud: Cloud;
  readonly configuration: Configuration;
  /** Lines of the pod's `/etc/hosts`: what the cluster's DNS would answer. */
  hosts(): string;
  /** Called after every change of phase, state or readiness. */
  changed(): void;
}

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

/** A pod: its volumes as directories, its containers as sandboxed processes on one address. */
export class Pod {
  phase: PodPhase = "Pending";
  terminating = false;
  readonly createdAt = new Date();
  readySince: number | undefined;
  waiting: string | undefined;
  readonly containers: readonly ContainerRunner[];
  readonly #init: readonly ContainerRunner[];
  readonly #stopRequested = new AbortController();
  readonly #directory: string;
  #finished: Promise<void> = Promise.resolve();

  constructor(private readonly request: PodRequest) {
    const { namespace, name } = request.identity;
    this.#directory = join(request.cloud.root, "pods", namespace, name);
    const { spec } = request;
    const policy = spec.restartPolicy ?? "Always";
    this.#init = (spec.initContainers ?? []).map((container) =>
      this.#runner(container, policy === "Never" ? "Never" : "OnFailure"),
    );
    this.containers = spec.containers.map((container) => this.#runner(container, policy));
  }

  get identity(): PodIdentity {
    return this.request.identity;
  }

  get name(): string {
    return this.identity.name;
  }

  get spec(): IPodSpec {
    return this.request.spec;
  }

  get ready(): boolean {
    return this.phase === "Running" && !this.terminating && this.containers.every(({ ready }) => ready);
  }

  get restarts(): number {
    return this.containers.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  /** Why it is not well, most telling first. */
  get lastFailure(): string | undefined {
    const suspects = [...this.#init, ...this.containers].filter(({ lastFailure }) => lastFailure !== undefined);
    const failed = suspects.find(({ ready }) => !ready) ?? suspects[0];
    return this.waiting ?? (failed && `container ${failed.name} ${failed.lastFailure}`);
  }

  get logFiles(): { container: string; file: string }[] {
    return [...this.#init, ...this.containers].map(({ name }) => ({ container: name, file: this.#logFile(name) }));
  }

  /** Runs in the background until the containers are done (a Job's) or `stop`. */
  start(): void {
    this.#finished = this.#run();
  }

  async stop(graceMs?: number): Promise<void> {
    this.terminating = true;
    this.#stopRequested.abort();
    this.#changed();
    await Promise.all([...this.#init, ...this.containers].map((container) => container.stop(graceMs)));
    await this.#finished;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Brings mounted ConfigMaps and Secrets up to date, as the kubelet does after a while; what is gone meanwhile stays as it was. */
  refreshFiles(): void {
    if (this.phase !== "Running" || this.terminating) return;
    try {
      this.#writeVolumes();
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
    }
  }

  refreshHosts(): void {
    if (this.phase === "Running") this.#writeHosts();
  }

  async #run(): Promise<void> {
    if (!(await this.#prepareVolumes())) return;
    for (const container of this.#init)
      if ((await container.run()) !== 0 || this.terminating)
        return this.#become(this.terminating ? "Pending" : "Failed");
    this.#become("Running");
    const codes = await Promise.all(this.containers.map((container) => container.run()));
    if (!this.terminating) this.#become(codes.every((code) => code === 0) ? "Succeeded" : "Failed");
  }

  async #prepareVolumes(): Promise<boolean> {
    while (!this.terminating) {
      try {
        this.#writeVolumes();
        this.#writeHosts();
        this.waiting = undefined;
        return true;
      } catch (error) {
        if (!(error instanceof NotYet)) throw error;
        this.waiting = error.message;
        this.#changed();
        await delay(500, undefined, { signal: this.#stopRequested.signal, ref: false }).catch(() => undefined);
      }
    }
    return false;
  }

  #writeVolumes(): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const { spec, identity, configuration } = this.request;
    const fsGroup = spec.securityContext?.fsGroup;
    for (const volume of spec.volumes ?? []) {
      const directory = join(this.#directory, "volumes", volume.name);
      const files = volumeFiles(volume, identity, spec.containers, configuration);
      if (files) writeVolume(directory, files, fsGroup);
      else makeEmptyDirectory(directory, fsGroup);
    }
  }

  #writeHosts(): void {
    const aliases = (this.spec.hostAliases ?? []).map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join(" ")}`);
    const own = `${this.identity.ip}\t${this.name}`;
    const text = ["127.0.0.1\tlocalhost", own, this.request.hosts(), ...aliases, ""].join("\n");
    // In place: the containers have this very file mounted.
    writeFileSync(join(this.#directory, "hosts"), text, { mode: 0o644 });
  }

  #runner(container: IContainer, restartPolicy: "Always" | "OnFailure" | "Never"): ContainerRunner {
    return new ContainerRunner({
      container,
      restartPolicy,
      podIp: this.identity.ip,
      terminationGraceMs: (this.spec.terminationGracePeriodSeconds ?? 30) * 1000,
      launch: () => this.#launch(container),
      changed: () => this.#changed(),
    });
  }

  async #launch(container: IContainer): Promise<Sandbox> {
    const { identity, configuration, cloud, spec } = this.request;
    const command = resolveCommand(container, machine);
    if (!("argv" in command)) throw new Error(command.reason);
    const inherited = { PATH: containerPath(machine), HOSTNAME: this.name, HOME: "/" };
    const library = await this.#addressLibrary();
    const preload: Record<string, string> =
      library === undefined ? {} : { LD_PRELOAD: podAddressLibrary, PLINTH_POD_ADDRESS: identity.ip };
    const env = environment(container, identity, configuration, { ...inherited, ...preload });
    const [program, ...args] = command.argv;
    return startSandbox(cloud.processes, {
      key: `pod/${identity.namespace}/${this.name}/${container.name}`,
      hostname: (spec.hostname ?? this.name).slice(0, 63),
      argv: [program, ...args.map((arg) => expand(arg, env))],
      env,
      workingDir: container.workingDir ?? "/",
      mounts: [...this.#mounts(container), ...fileMount(library, podAddressLibrary)],
      ...runAs(spec, container, unprivilegedAccount()),
      logFile: this.#logFile(container.name),
    });
  }

  async #addressLibrary(): Promise<string | undefined> {
    const { cloud } = this.request;
    const library = await buildPodAddressLibrary(join(cloud.root, "lib"));
    if (library === undefined)
      cloud.log.warn(
        "no C compiler here: pods must listen on status.podIP, or they collide; install the Debian packages gcc and libc6-dev",
      );
    return library;
  }

  #mounts(container: IContainer): Mount[] {
    const volumes = new Map((this.spec.volumes ?? []).map((volume) => [volume.name, volume]));
    const wanted = (container.volumeMounts ?? []).map(({ name, mountPath, subPath, readOnly }): Mount => {
      const source = join(this.#directory, "volumes", name, subPath ?? "");
      const writable = volumes.get(name)?.emptyDir !== undefined && readOnly !== true;
      if (writable && subPath !== undefined) this.#makeSubPath(source);
      const type = statSync(source).isDirectory() ? "directory" : "file";
      return { source, target: mountPath.replace(/\/+$/, ""), type, readOnly: !writable };
    });
    return [
      { source: join(this.#directory, "hosts"), target: "/etc/hosts", type: "file", readOnly: true },
      { source: standInsSource, target: standInsTarget, type: "directory", readOnly: true },
      ...machine.programDirectories.map((path): Mount => ({
        source: path,
        target: path,
        type: "directory",
        readOnly: true,
      })),
      ...wanted,
      ...this.#workingDirectory(container, wanted),
    ];
  }

  /** A runtime makes the working directory when the image and the volumes do not have it. */
  #workingDirectory({ name, workingDir = "/", securityContext }: IContainer, mounts: readonly Mount[]): Mount[] {
    const isMounted = mounts.some(({ target }) => workingDir === target || workingDir.startsWith(`${target}/`));
    if (workingDir === "/" || isMounted || machine.shows(workingDir)) return [];
    const source = join(this.#directory, "working-directories", name);
    makeEmptyDirectory(source, this.spec.securityContext?.fsGroup);
    return [
      { source, target: workingDir, type: "directory", readOnly: securityContext?.readOnlyRootFilesystem === true },
    ];
  }

  #makeSubPath(path: string): void {
    if (statSync(path, { throwIfNoEntry: false })) return;
    mkdirSync(path, { recursive: true });
    if (process.getuid?.() === 0) chownSync(path, 0, this.spec.securityContext?.fsGroup ?? 0);
    chmodSync(path, 0o777);
  }

  #logFile(container: string): string {
    const { namespace, name } = this.identity;
    return join(this.request.cloud.root, "logs", "pods", namespace, name, `${container}.log`);
  }

  #become(phase: PodPhase): void {
    this.phase = phase;
    this.#changed();
  }

  #changed(): void {
    this.readySince = this.ready ? (this.readySince ?? Date.now()) : undefined;
    this.request.changed();
  }
}

function fileMount(source: string | undefined, target: string): Mount[] {
  return source === undefined ? [] : [{ source, target, type: "file", readOnly: true }];
}
