import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { ICronJobSpec } from "kubernetes-models/batch/v1/CronJobSpec";
import { Cron } from "croner";
import { z } from "zod";
import type { Cluster } from "../cluster";
import { JobRun, type JobOutcome } from "./job-run";

const runSchema = z.object({
  job: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  succeeded: z.boolean(),
  reason: z.string(),
  logs: z.array(z.object({ pod: z.string(), container: z.string(), file: z.string() })),
});
export type FinishedRun = z.infer<typeof runSchema>;
const historySchema = z.array(runSchema);
const collection = "kubernetes-cron-runs";

/** Starts the Jobs of one CronJob when its schedule says so. */
export class CronController {
  #spec: ICronJobSpec;
  #timer: Cron | undefined;
  readonly #active = new Set<JobRun>();
  #stopped = false;

  constructor(
    private readonly cluster: Cluster,
    readonly namespace: string,
    readonly name: string,
    spec: ICronJobSpec,
  ) {
    this.#spec = spec;
    this.apply(spec);
  }

  apply(spec: ICronJobSpec): void {
    this.#spec = spec;
    this.#timer?.stop();
    this.#timer = undefined;
    if (spec.suspend === true) return;
    this.#timer = new Cron(spec.schedule, { timezone: spec.timeZone ?? "UTC", unref: true }, () => this.#fire());
  }

  get active(): readonly JobRun[] {
    return [...this.#active];
  }

  get next(): Date | undefined {
    return this.#timer?.nextRun() ?? undefined;
  }

  /** Finished runs, newest first, as many as the history limits keep. */
  get history(): FinishedRun[] {
    return this.cluster.cloud.records.get(collection, this.#id, historySchema) ?? [];
  }

  /** Runs the Job now, whatever the schedule and the concurrency policy say. */
  async trigger(): Promise<{ run: JobRun; outcome: JobOutcome }> {
    const run = this.#start(`${this.name}-manual-${randomBytes(2).toString("hex")}`);
    return { run, outcome: await run.finished };
  }

  async stop(graceMs?: number): Promise<void> {
    this.#stopped = true;
    this.#timer?.stop();
    await Promise.all([...this.#active].map((run) => run.stop(graceMs)));
  }

  /** Forgets the runs. */
  forget(): void {
    this.cluster.cloud.records.delete(collection, this.#id);
  }

  get #id(): string {
    return `${this.namespace}/${this.name}`;
  }

  #fire(): void {
    const policy = this.#spec.concurrencyPolicy ?? "Allow";
    if (policy === "Forbid" && this.#active.size > 0) return;
    if (policy === "Replace") for (const run of this.#active) void run.stop();
    // As Kubernetes names them: by the minute they were scheduled for.
    this.#start(`${this.name}-${Math.floor(Date.now() / 60_000)}`);
  }

  #start(job: string): JobRun {
    const { spec } = this.#spec.jobTemplate;
    if (!spec) throw new Error(`cron job ${this.#id} has no job spec`);
    const run = new JobRun(this.cluster, this.namespace, job, spec);
    this.#active.add(run);
    void run.finished.then((outcome) => {
      this.#active.delete(run);
      if (!this.#stopped) this.#remember(run, outcome);
    });
    return run;
  }

  #remember(run: JobRun, { complete, reason, troubles }: JobOutcome): void {
    if (!complete) this.cluster.cloud.log.warn(`job ${run.name} of cron job ${this.#id} failed: ${reason}`);
    const latest: FinishedRun = {
      job: run.name,
      startedAt: run.startedAt.toISOString(),
      finishedAt: (run.finishedAt ?? new Date()).toISOString(),
      succeeded: complete,
      reason: complete ? "" : [reason, troubles[0] ?? ""].filter((part) => part !== "").join(": "),
      logs: [...run.logs],
    };
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = this.#spec;
    const all = [latest, ...this.history];
    const kept = limited(all, successfulJobsHistoryLimit, failedJobsHistoryLimit);
    this.cluster.cloud.records.put(collection, this.#id, kept);
    for (const { logs } of all.filter((past) => !kept.includes(past)))
      for (const { file } of logs) rmSync(dirname(file), { recursive: true, force: true });
  }
}

/** The newest so many successes and failures, in order. */
export function limited(runs: readonly FinishedRun[], successes: number, failures: number): FinishedRun[] {
  const kept = [
    ...runs.filter((run) => run.succeeded).slice(0, successes),
    ...runs.filter((run) => !run.succeeded).slice(0, failures),
  ];
  return runs.filter((run) => kept.includes(run));
}
