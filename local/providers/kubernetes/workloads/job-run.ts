import type { IJobSpec } from "kubernetes-models/batch/v1/JobSpec";
import type { Bag } from "../../../contract";
import type { Cluster } from "../cluster";
import { timestamp } from "../kinds/object";
import { backOffMs } from "../pods/back-off";
import type { Pod } from "../pods/pod";
import { tail, troubleOf } from "./log-tail";

export interface JobOutcome {
  readonly complete: boolean;
  /** As the Job condition words it: BackoffLimitExceeded, DeadlineExceeded; empty on success. */
  readonly reason: string;
  readonly message: string;
  /** What was wrong with the last failed pod, with the end of its log. */
  readonly troubles: readonly string[];
}

/** A Job at work: starts pods until enough have succeeded, its retries are used up, or its deadline passes. */
export class JobRun {
  succeeded = 0;
  failed = 0;
  readonly startedAt = new Date();
  finishedAt: Date | undefined;
  outcome: JobOutcome | undefined;
  readonly finished: Promise<JobOutcome>;
  readonly #pods = new Set<Pod>();
  readonly #logs: { pod: string; container: string; file: string }[] = [];
  readonly #stopListening: () => void;
  #settle: (outcome: JobOutcome) => void = () => undefined;
  #spec: IJobSpec;
  #notBefore = 0;
  #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly cluster: Cluster,
    readonly namespace: string,
    readonly name: string,
    spec: IJobSpec,
  ) {
    this.#spec = spec;
    this.finished = new Promise((resolve) => (this.#settle = resolve));
    this.#stopListening = cluster.onPods(() => this.#reconcile());
    this.#armDeadline();
    this.#reconcile();
  }

  get active(): number {
    return this.#pods.size;
  }

  /** Log files of all pods it ever had, oldest first. */
  get logs(): readonly { pod: string; container: string; file: string }[] {
    return this.#logs;
  }

  /** The newest line any of its pods wrote. */
  get lastLine(): string | undefined {
    return this.#logs.flatMap(({ file }) => tail(file, 1)).at(-1);
  }

  /** Takes changes of what may change: parallelism, retries, deadline. */
  apply(spec: IJobSpec): void {
    this.#spec = spec;
    this.#armDeadline();
    this.#reconcile();
  }

  /** Ends its pods; an unfinished Job is then `finished` as failed. */
  async stop(graceMs?: number): Promise<void> {
    await this.#finish({ complete: false, reason: "Deleted", message: "the Job was deleted", troubles: [] }, graceMs);
  }

  /** `status` of the Job object. */
  get status(): Bag {
    const condition = (type: string, reason: string, message: string): Bag => {
      const at = timestamp(this.finishedAt ?? new Date());
      return { type, status: "True", reason, message, lastProbeTime: at, lastTransitionTime: at };
    };
    const { outcome } = this;
    return {
      startTime: timestamp(this.startedAt),
      ready: this.active,
      ...(this.active > 0 ? { active: this.active } : {}),
      ...(this.succeeded > 0 ? { succeeded: this.succeeded } : {}),
      ...(this.failed > 0 ? { failed: this.failed } : {}),
      ...(outcome?.complete
        ? {
            completionTime: timestamp(this.finishedAt ?? new Date()),
            conditions: [condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods")],
          }
        : {}),
      ...(outcome && !outcome.complete ? { conditions: [condition("Failed", outcome.reason, outcome.message)] } : {}),
    };
  }

  get #completions(): number {
    return this.#spec.completions ?? this.#spec.parallelism ?? 1;
  }

  #reconcile(): void {
    if (this.outcome) return;
    for (const pod of this.#pods) this.#collect(pod);
    if (this.#retriesUsed() > (this.#spec.backoffLimit ?? 6)) {
      const message = "Job has reached the specified backoff limit";
      return void this.#finish({
        complete: false,
        reason: "BackoffLimitExceeded",
        message,
        troubles: this.#troubles(),
      });
    }
    if (this.succeeded >= this.#completions)
      return void this.#finish({ complete: true, reason: "", message: "", troubles: [] });
    const waitMs = this.#notBefore - Date.now();
    if (waitMs > 0) return;
    const wanted = Math.min(this.#spec.parallelism ?? 1, this.#completions - this.succeeded);
    while (this.#pods.size < wanted) this.#startPod();
  }

  #collect(pod: Pod): void {
    if (pod.phase !== "Succeeded" && pod.phase !== "Failed") return;
    this.#pods.delete(pod);
    if (pod.phase === "Succeeded") this.succeeded += 1;
    else {
      this.failed += 1;
      this.#lastTroubles = troubleOf(pod);
      // Kubernetes waits 10 s before a second try, doubling; ours runs ten times faster, as for containers.
      const waitMs = backOffMs(this.failed + 1);
      this.#notBefore = Date.now() + waitMs;
      this.#timers.push(setTimeout(() => this.#reconcile(), waitMs + 1));
    }
    void this.cluster.removePod(pod, 0);
  }

  #lastTroubles: readonly string[] = [];

  #troubles(): readonly string[] {
    const unfinished = [...this.#pods].flatMap((pod) => troubleOf(pod));
    return unfinished.length > 0 ? unfinished : this.#lastTroubles;
  }

  /** Failed pods, and restarts within pods that go on. */
  #retriesUsed(): number {
    return [...this.#pods].reduce((sum, pod) => sum + pod.restarts, this.failed);
  }

  #startPod(): void {
    const { metadata, spec } = this.#spec.template;
    if (!spec) return;
    const jobLabels = { "batch.kubernetes.io/job-name": this.name, "job-name": this.name };
    const pod = this.cluster.startPod({
      namespace: this.namespace,
      owner: this.name,
      labels: { ...metadata?.labels, ...jobLabels },
      annotations: metadata?.annotations ?? {},
      spec,
    });
    this.#pods.add(pod);
    this.#logs.push(...pod.logFiles.map(({ container, file }) => ({ pod: pod.name, container, file })));
  }

  #armDeadline(): void {
    const seconds = this.#spec.activeDeadlineSeconds;
    if (seconds === undefined || this.outcome) return;
    const leftMs = this.startedAt.getTime() + seconds * 1000 - Date.now();
    this.#timers.push(
      setTimeout(
        () => {
          const message = "Job was active longer than specified deadline";
          void this.#finish({ complete: false, reason: "DeadlineExceeded", message, troubles: this.#troubles() });
        },
        Math.max(0, leftMs),
      ),
    );
  }

  async #finish(outcome: JobOutcome, graceMs?: number): Promise<void> {
    this.#stopListening();
    for (const timer of this.#timers) clearTimeout(timer);
    const isFirst = this.outcome === undefined;
    this.outcome ??= outcome;
    this.finishedAt ??= new Date();
    await Promise.all([...this.#pods].map((pod) => this.cluster.removePod(pod, graceMs)));
    this.#pods.clear();
    if (isFirst) this.#settle(outcome);
  }
}
