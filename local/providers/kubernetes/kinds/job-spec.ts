import type { IJobSpec } from "kubernetes-models/batch/v1/JobSpec";
import { z } from "zod";
import type { Cloud, Problem } from "../../../contract";
import { modelledPodTemplate } from "../manifests/modelled-pod";
import { podProblems } from "../manifests/pod-rules";
import { commandProblems } from "./commands";

const given = z.unknown();

/** Modelled properties of a Job's spec. */
export const modelledJobSpec = z
  .strictObject({
    template: modelledPodTemplate,
    backoffLimit: given,
    activeDeadlineSeconds: given,
    completions: given,
    parallelism: given,
    completionMode: z.literal("NonIndexed", 'only "NonIndexed" is modelled by the local cloud'),
    ttlSecondsAfterFinished: given,
    suspend: z.literal(false, "suspended Jobs are not modelled by the local cloud"),
  })
  .partial();

/** What the API server refuses in a Job's spec beyond the published schema. */
export function jobProblems(spec: IJobSpec | undefined, path: string, cloud: Cloud): Problem[] {
  if (!spec) return [{ property: path, reason: "is required" }];
  const problems = podProblems(spec.template, `${path}.template`);
  const policy = spec.template.spec?.restartPolicy;
  if (policy !== "Never" && policy !== "OnFailure")
    problems.push({
      property: `${path}.template.spec.restartPolicy`,
      reason: `must be "Never" or "OnFailure" in a Job, got ${policy === undefined ? 'nothing, which means "Always"' : `"${policy}"`}`,
    });
  for (const name of [
    ...(["backoffLimit", "completions", "parallelism", "activeDeadlineSeconds", "ttlSecondsAfterFinished"] as const),
  ])
    if ((spec[name] ?? 0) < 0) problems.push({ property: `${path}.${name}`, reason: "must not be negative" });
  return [...problems, ...commandProblems(spec.template, `${path}.template`, cloud)];
}
