import { Cron } from "croner";
import { z } from "zod";
import type { Bag, Cloud, Kind, Problem } from "../../../contract";
import { Cluster } from "../cluster";
import { modelledMetadata } from "../manifests/modelled-metadata";
import { manifestOf } from "../manifests/published-schema";
import { CronController } from "../workloads/cron-controller";
import { tail } from "../workloads/log-tail";
import { workloadsOf } from "../workloads/workloads";
import { jobProblems, modelledJobSpec } from "./job-spec";
import { bagOf, hasUnknown, liveObject, objectKind, partsOf } from "./object";

const given = z.unknown();

const base = objectKind({
  apiVersion: "batch/v1",
  kind: "CronJob",
  modelled: {
    spec: z
      .strictObject({
        schedule: given,
        timeZone: given,
        concurrencyPolicy: given,
        suspend: given,
        startingDeadlineSeconds: given,
        successfulJobsHistoryLimit: given,
        failedJobsHistoryLimit: given,
        jobTemplate: z.strictObject({ metadata: modelledMetadata, spec: modelledJobSpec }).partial(),
      })
      .partial(),
  },
});

/** batch/v1 CronJob: fires on its schedule as long as the local cloud runs; `trigger` runs it now. */
export const cronJob: Kind = {
  ...base,
  bootOrder: 70,
  refuse(inputs, where) {
    const problems = base.refuse(inputs, where);
    return problems.length > 0 || hasUnknown(inputs.spec) ? problems : cronProblems(inputs, where.cloud);
  },
  async create(operation) {
    return live(operation, apply(operation.id, operation.inputs, operation.cloud));
  },
  async update(operation) {
    return live(operation, apply(operation.id, operation.inputs, operation.cloud));
  },
  async resume({ id, inputs }, cloud) {
    apply(id, inputs, cloud);
  },
  async delete({ cloud, id }) {
    const { cronJobs } = workloadsOf(cloud);
    const controller = cronJobs.get(id);
    cronJobs.delete(id);
    await controller?.stop();
    controller?.forget();
  },
  async describe({ id }, cloud) {
    const controller = workloadsOf(cloud).cronJobs.get(id);
    if (!controller) return "not running";
    const [last] = controller.history;
    return [
      controller.next === undefined ? "suspended" : `next run ${controller.next.toISOString()}`,
      controller.active.length > 0 ? `${controller.active.length} running` : "",
      last ? `last run ${last.succeeded ? "complete" : `failed (${last.reason})`} at ${last.finishedAt}` : "no run yet",
    ]
      .filter((part) => part !== "")
      .join(", ");
  },
  actions: {
    async trigger({ id }, cloud) {
      const controller = workloadsOf(cloud).cronJobs.get(id);
      if (!controller) throw new Error(`cron job ${id} is not running`);
      const { run, outcome } = await controller.trigger();
      const lines = run.logs.flatMap(({ file }) => tail(file, 100));
      return { job: run.name, succeeded: outcome.complete, reason: outcome.reason, lines };
    },
    runs: async ({ id }, cloud) => ({
      runs: (workloadsOf(cloud).cronJobs.get(id)?.history ?? []).map(({ logs: _logs, ...run }) => run),
    }),
    logs: async ({ id }, cloud, args) => ({
      logs: (workloadsOf(cloud).cronJobs.get(id)?.history ?? []).flatMap(({ logs }) =>
        logs.map(({ pod, container, file }) => ({ pod, container, lines: tail(file, Number(args.lines ?? 100)) })),
      ),
    }),
  },
};

function apply(id: string, inputs: Bag, cloud: Cloud): CronController {
  const { spec } = manifestOf("CronJob", inputs);
  if (!spec) throw new Error(`cron job ${id} has no spec`);
  const { cronJobs } = workloadsOf(cloud);
  const known = cronJobs.get(id);
  if (known) {
    known.apply(spec);
    return known;
  }
  const { namespace, name } = partsOf(id);
  const controller = new CronController(Cluster.of(cloud), namespace, name, spec);
  cronJobs.set(id, controller);
  return controller;
}

function live(operation: Parameters<Kind["create"]>[0], controller: CronController): Bag {
  const defaults = {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  };
  const [last] = controller.history;
  return liveObject(operation, {
    spec: { ...defaults, ...bagOf(operation.inputs.spec) },
    status: last ? { lastScheduleTime: last.startedAt, lastSuccessfulTime: last.finishedAt } : {},
  });
}

function cronProblems(inputs: Bag, cloud: Cloud): Problem[] {
  const { spec } = manifestOf("CronJob", inputs);
  if (!spec) return [{ property: "spec", reason: "is required" }];
  const problems = jobProblems(spec.jobTemplate.spec, "spec.jobTemplate.spec", cloud);
  try {
    new Cron(spec.schedule, { paused: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    problems.push({
      property: "spec.schedule",
      reason: `"${spec.schedule}" is not a cron schedule of five fields: ${why}`,
    });
  }
  if (!spec.schedule.startsWith("@") && spec.schedule.trim().split(/\s+/).length !== 5)
    problems.push({ property: "spec.schedule", reason: `"${spec.schedule}" must have five fields` });
  if (/TZ=/.test(spec.schedule))
    problems.push({ property: "spec.schedule", reason: "a time zone belongs in timeZone" });
  if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone))
    problems.push({ property: "spec.timeZone", reason: `"${spec.timeZone}" is not a known time zone` });
  return problems;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false; // RangeError: no such zone
  }
}
