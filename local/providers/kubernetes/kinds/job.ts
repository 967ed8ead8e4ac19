import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { Unready, type Bag, type Cloud, type Kind, type Operation, type UpdateOperation } from "../../../contract";
import { Cluster } from "../cluster";
import { manifestOf } from "../manifests/published-schema";
import { JobRun, type JobOutcome } from "../workloads/job-run";
import { tail } from "../workloads/log-tail";
import { workloadsOf } from "../workloads/workloads";
import { jobProblems, modelledJobSpec } from "./job-spec";
import { bagOf, hasUnknown, liveObject, objectKind, partsOf, skipsAwait, textOf } from "./object";

const base = objectKind({
  apiVersion: "batch/v1",
  kind: "Job",
  modelled: { spec: modelledJobSpec },
  immutable: ["spec.template", "spec.completions", "spec.completionMode"],
});

const recordSchema = z.object({
  status: z.custom<Bag>((value) => typeof value === "object" && value !== null),
  finishedAt: z.string().optional(),
  logs: z.array(z.object({ pod: z.string(), container: z.string(), file: z.string() })),
});
type JobRecord = z.infer<typeof recordSchema>;
const collection = "kubernetes-jobs";

/** batch/v1 Job: pods run to completion; the update waits for that and reports the end of the log when it fails. */
export const job: Kind = {
  ...base,
  bootOrder: 70,
  refuse(inputs, where) {
    const problems = base.refuse(inputs, where);
    if (problems.length > 0 || hasUnknown(inputs.spec)) return problems;
    return jobProblems(manifestOf("Job", inputs).spec, "spec", where.cloud);
  },
  /** A failed Job stays failed: with Pulumi's annotation the next update makes a new one. */
  diff(changes, olds, news, cloud) {
    const { name, namespace } = bagOf(olds.metadata);
    const asksForNew = bagOf(bagOf(news.metadata).annotations)["pulumi.com/replaceUnready"] === "true";
    const record = recordOf(`${textOf(namespace)}/${textOf(name)}`, cloud);
    return asksForNew && record && hasCondition(record.status, "Failed")
      ? [...changes, { path: "status", replace: true }]
      : changes;
  },
  async create(operation) {
    return runAndAwait(operation, startedRun(operation));
  },
  async update(operation) {
    const running = workloadsOf(operation.cloud).jobs.get(operation.id);
    const { spec } = manifestOf("Job", operation.inputs);
    if (running && spec) running.apply(spec);
    const record = recordOf(operation.id, operation.cloud);
    if (!running && record && hasCondition(record.status, "Complete")) return live(operation, record.status);
    if (!running && record && hasCondition(record.status, "Failed"))
      throw new Unready(live(operation, record.status), [
        `job ${partsOf(operation.id).name} failed earlier and is not run again; give it the annotation pulumi.com/replaceUnready: "true", or delete it`,
      ]);
    return runAndAwait(operation, running ?? startedRun(operation));
  },
  async resume({ id, inputs, outputs }, cloud) {
    const status = recordOf(id, cloud)?.status ?? bagOf(outputs.status);
    if (hasCondition(status, "Complete") || hasCondition(status, "Failed")) return;
    startedRun({ id, inputs, cloud });
  },
  async delete({ cloud, id }) {
    const { jobs } = workloadsOf(cloud);
    await jobs.get(id)?.stop();
    jobs.delete(id);
    cloud.records.delete(collection, id);
  },
  async read({ id, inputs, outputs }, cloud) {
    const record = recordOf(id, cloud);
    const seconds = manifestOf("Job", inputs).spec?.ttlSecondsAfterFinished;
    const isExpired =
      seconds !== undefined &&
      record?.finishedAt !== undefined &&
      Date.now() > Date.parse(record.finishedAt) + seconds * 1000;
    if (isExpired) return undefined;
    const status = workloadsOf(cloud).jobs.get(id)?.status ?? record?.status;
    return status ? { ...outputs, status } : outputs;
  },
  async describe({ id }, cloud) {
    const run = workloadsOf(cloud).jobs.get(id);
    if (run && !run.outcome) return `running, ${run.active} active, ${run.failed} failed`;
    const status = recordOf(id, cloud)?.status ?? {};
    if (hasCondition(status, "Complete")) return `complete at ${textOf(status.completionTime)}`;
    const [condition] = Array.isArray(status.conditions) ? status.conditions : [];
    return condition === undefined ? "not running" : `failed: ${textOf(bagOf(condition).reason)}`;
  },
  actions: {
    logs: async ({ id }, cloud, args) => ({
      logs: (recordOf(id, cloud)?.logs ?? workloadsOf(cloud).jobs.get(id)?.logs ?? []).map(
        ({ pod, container, file }) => ({
          ...{ pod, container },
          lines: tail(file, Number(args.lines ?? 100)),
        }),
      ),
    }),
  },
};

/** The run of this Job: the one under way, or a new one. */
function startedRun({ id, inputs, cloud }: Pick<Operation, "id" | "inputs" | "cloud">): JobRun {
  const { jobs } = workloadsOf(cloud);
  const running = jobs.get(id);
  if (running && !running.outcome) return running;
  const { spec } = manifestOf("Job", inputs);
  if (!spec) throw new Error(`job ${id} has no spec`);
  const { namespace, name } = partsOf(id);
  cloud.records.delete(collection, id);
  const run = new JobRun(Cluster.of(cloud), namespace, name, spec);
  jobs.set(id, run);
  void run.finished.then(({ reason }) => {
    if (jobs.get(id) !== run || reason === "Deleted") return;
    const record: JobRecord = { status: run.status, finishedAt: run.finishedAt?.toISOString(), logs: [...run.logs] };
    cloud.records.put(collection, id, record);
    jobs.delete(id);
  });
  return run;
}

async function runAndAwait(operation: Operation | UpdateOperation, run: JobRun): Promise<Bag> {
  const { inputs, signal } = operation;
  if (skipsAwait(inputs)) return live(operation, run.status);
  const outcome = await settled(operation, run);
  if (outcome?.complete) return live(operation, run.status);
  const reasons = outcome
    ? [`job ${run.name} failed: ${outcome.reason}: ${outcome.message}`, ...outcome.troubles]
    : [`job ${run.name} was still running when the wait for it ended (${String(signal.reason)})`];
  throw new Unready(live(operation, run.status), reasons);
}

/** Undefined when the operation was cancelled first: the Job goes on. */
async function settled({ signal, status }: Operation, run: JobRun): Promise<JobOutcome | undefined> {
  const cancelled = new Promise<undefined>((resolve) =>
    signal.addEventListener("abort", () => resolve(undefined), { once: true }),
  );
  for (;;) {
    if (signal.aborted) return run.outcome;
    const seconds = Math.round((Date.now() - run.startedAt.getTime()) / 1000);
    status(`running for ${seconds} s${run.lastLine === undefined ? "" : `: ${run.lastLine.slice(0, 200)}`}`);
    const ended = await Promise.race([run.finished, cancelled, delay(1_000, "tick" as const, { ref: false })]);
    if (ended !== "tick") return ended;
  }
}

function live(operation: Operation | UpdateOperation, status: Bag): Bag {
  const own = bagOf(operation.inputs.spec);
  const defaults = { backoffLimit: 6, completions: 1, parallelism: 1, completionMode: "NonIndexed", suspend: false };
  return liveObject(operation, { spec: { ...defaults, ...own }, status });
}

function recordOf(id: string, cloud: Cloud): JobRecord | undefined {
  return cloud.records.get(collection, id, recordSchema);
}

function hasCondition(status: Bag, type: "Complete" | "Failed"): boolean {
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.some((condition) => bagOf(condition).type === type);
}
