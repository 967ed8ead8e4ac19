import { createHash } from "node:crypto";
import type { IDeploymentSpec } from "kubernetes-models/apps/v1/DeploymentSpec";
import { waitFor } from "../../../processes/wait";
import type { Cluster } from "../cluster";
import type { Pod } from "../pods/pod";
import { troubleOf } from "./log-tail";
import { nextStep, share, type RolloutTarget } from "./rollout";

const hashLabel = "pod-template-hash";

export interface DeploymentCounts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
}

/** What a HorizontalPodAutoscaler allows. */
export interface ReplicaBounds {
  readonly min: number;
  readonly max: number;
}

/** Keeps the pods of one Deployment as its spec wants them: looks again after every change of a pod. */
export class DeploymentController {
  #spec: IDeploymentSpec;
  #hash = "";
  /** Set by a HorizontalPodAutoscaler. */
  #bounds: ReplicaBounds | undefined;
  #wanted = true;
  readonly #owned = new Set<Pod>();
  /** Pods to be replaced although their template is current. */
  readonly #outdated = new WeakSet<Pod>();
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly cluster: Cluster,
    readonly namespace: string,
    readonly name: string,
    spec: IDeploymentSpec,
    bounds?: ReplicaBounds,
  ) {
    this.#spec = spec;
    this.#bounds = bounds;
    this.#stopListening = cluster.onPods(() => this.#reconcile());
    this.apply(spec);
  }

  get spec(): IDeploymentSpec {
    return this.#spec;
  }

  /** Pods of this Deployment, those on their way out included. */
  get pods(): Pod[] {
    return this.cluster.pods(this.namespace, (pod) => this.#owned.has(pod));
  }

  apply(spec: IDeploymentSpec): void {
    this.#spec = spec;
    this.#hash = templateHash(spec);
    this.#reconcile();
  }

  bound(bounds: ReplicaBounds | undefined): void {
    this.#bounds = bounds;
    this.#reconcile();
  }

  get replicas(): number {
    const wanted = this.#spec.replicas ?? 1;
    if (!this.#bounds || wanted === 0) return wanted;
    return Math.min(Math.max(wanted, this.#bounds.min), this.#bounds.max);
  }

  get counts(): DeploymentCounts {
    const live = this.pods.filter(({ terminating }) => !terminating);
    const available = live.filter((pod) => this.#isAvailable(pod)).length;
    return {
      replicas: live.length,
      updatedReplicas: live.filter((pod) => this.#isCurrent(pod)).length,
      readyReplicas: live.filter(({ ready }) => ready).length,
      availableReplicas: available,
      unavailableReplicas: Math.max(0, this.replicas - available),
    };
  }

  /** Every wanted pod is of the current template and available, and no other is left. */
  get isComplete(): boolean {
    const { replicas, updatedReplicas, availableReplicas } = this.counts;
    return replicas === this.replicas && updatedReplicas === replicas && availableReplicas === replicas;
  }

  /** @throws when no progress is made for `progressDeadlineSeconds`, with the pods' troubles in the message. */
  async available(signal: AbortSignal, status: (message: string) => void): Promise<void> {
    let best = -1;
    let deadline = 0;
    let said = "";
    await waitFor({ what: `deployment ${this.name}`, timeoutMs: 2 ** 31 - 1, everyMs: 20, signal }, () => {
      const { updatedReplicas, availableReplicas, replicas } = this.counts;
      const progress = updatedReplicas * 1_000 + availableReplicas * 10 - replicas;
      if (progress > best) {
        best = progress;
        deadline = Date.now() + (this.#spec.progressDeadlineSeconds ?? 600) * 1000;
      }
      const trouble = this.pods.find((pod) => !pod.ready && !pod.terminating)?.lastFailure;
      const now = `${availableReplicas} of ${this.replicas} pods available${trouble === undefined ? "" : `: ${trouble}`}`;
      if (now !== said) status((said = now));
      return this.isComplete || Date.now() > deadline;
    });
    if (!this.isComplete) throw new Error(`deployment ${this.name} exceeded its progress deadline`);
  }

  troubles(): string[] {
    return this.pods.filter((pod) => !pod.ready && !pod.terminating).flatMap((pod) => troubleOf(pod));
  }

  /** Replaces all pods, a few at a time as for a new template. */
  restart(): void {
    for (const pod of this.pods) this.#outdated.add(pod);
    this.#reconcile();
  }

  /** Ends all pods and stays away. */
  async stop(graceMs?: number): Promise<void> {
    this.#wanted = false;
    this.#stopListening();
    clearTimeout(this.#timer);
    await Promise.all(this.pods.map((pod) => this.cluster.removePod(pod, graceMs)));
  }

  #reconcile(): void {
    if (!this.#wanted) return;
    const pods = this.pods;
    for (const pod of this.#owned) if (!pods.includes(pod)) this.#owned.delete(pod);
    const live = pods.filter(({ terminating }) => !terminating);
    const step = nextStep(
      this.#target,
      live.map((pod) => ({
        name: pod.name,
        current: this.#isCurrent(pod),
        available: this.#isAvailable(pod),
        createdAt: pod.createdAt.getTime(),
      })),
      pods.length - live.length,
    );
    for (const pod of live.filter(({ name }) => step.remove.includes(name))) void this.cluster.removePod(pod);
    for (let created = 0; created < step.create; created += 1) this.#startPod();
    this.#lookAgainWhenOld(live);
  }

  get #target(): RolloutTarget {
    const { strategy } = this.#spec;
    const surge = share(strategy?.rollingUpdate?.maxSurge, this.replicas, "up");
    const unavailable = share(strategy?.rollingUpdate?.maxUnavailable, this.replicas, "down");
    return {
      replicas: this.replicas,
      strategy: strategy?.type ?? "RollingUpdate",
      surge,
      // Both may round to nothing; Kubernetes then lets one pod be missing.
      unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable,
    };
  }

  #startPod(): void {
    const { metadata, spec } = this.#spec.template;
    if (!spec) return;
    const pod = this.cluster.startPod({
      namespace: this.namespace,
      owner: `${this.name}-${this.#hash}`,
      labels: { ...metadata?.labels, [hashLabel]: this.#hash },
      annotations: metadata?.annotations ?? {},
      spec,
    });
    this.#owned.add(pod);
  }

  #isCurrent(pod: Pod): boolean {
    return pod.identity.labels[hashLabel] === this.#hash && !this.#outdated.has(pod);
  }

  #isAvailable(pod: Pod): boolean {
    const wantedMs = (this.#spec.minReadySeconds ?? 0) * 1000;
    return pod.readySince !== undefined && Date.now() - pod.readySince >= wantedMs;
  }

  /** A pod becomes available by the mere passing of `minReadySeconds`. */
  #lookAgainWhenOld(pods: readonly Pod[]): void {
    clearTimeout(this.#timer);
    if (!this.#spec.minReadySeconds || !pods.some((pod) => pod.ready && !this.#isAvailable(pod))) return;
    this.#timer = setTimeout(() => this.#reconcile(), 100).unref();
  }
}

/** Ten characters that are the same for the same template. */
function templateHash(spec: IDeploymentSpec): string {
  return createHash("sha256").update(JSON.stringify(spec.template)).digest("hex").slice(0, 10);
}
