import { z } from "zod";
import type { Bag, Cloud, Kind, Problem } from "../../../contract";
import { workloadsOf } from "../workloads/workloads";
import { bagOf, liveObject, partsOf, stateKind, textOf } from "./object";

const given = z.unknown();

/**
 * autoscaling/v2 HorizontalPodAutoscaler: nothing is measured, so nothing is scaled by load; what holds is that its Deployment has no fewer than
 * `minReplicas` and no more than `maxReplicas` pods.
 */
export const horizontalPodAutoscaler: Kind = stateKind(
  {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    modelled: {
      spec: z
        .strictObject({
          scaleTargetRef: z.strictObject({ apiVersion: given, kind: z.literal("Deployment"), name: given }).partial(),
          minReplicas: given,
          maxReplicas: given,
          metrics: given,
          behavior: given,
        })
        .partial(),
    },
    rules: ({ spec }) => autoscalerProblems(bagOf(spec)),
  },
  {
    bootOrder: 55,
    async create(operation) {
      bind(operation.id, operation.inputs, operation.cloud);
      return liveObject(operation);
    },
    async update(operation) {
      unbind(operation.id, operation.priorInputs, operation.cloud);
      bind(operation.id, operation.inputs, operation.cloud);
      return liveObject(operation);
    },
    resume: async ({ id, inputs }, cloud) => bind(id, inputs, cloud),
    delete: async ({ id, inputs, cloud }) => unbind(id, inputs, cloud),
    async describe({ inputs }) {
      const { minReplicas, maxReplicas } = bounds(inputs);
      return `keeps ${targetName(inputs)} between ${minReplicas} and ${maxReplicas} pods; load is not measured locally`;
    },
  },
);

/** policy/v1 PodDisruptionBudget: kept, with no evictions to hold back. */
export const podDisruptionBudget: Kind = stateKind(
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    modelled: {
      spec: z
        .strictObject({
          minAvailable: given,
          maxUnavailable: given,
          selector: given,
          unhealthyPodEvictionPolicy: given,
        })
        .partial(),
    },
    rules({ spec }) {
      const { minAvailable, maxUnavailable } = bagOf(spec);
      return minAvailable !== undefined && maxUnavailable !== undefined
        ? [{ property: "spec.maxUnavailable", reason: "may not be given together with minAvailable" }]
        : [];
    },
  },
  { describe: async () => "kept; nothing evicts pods locally" },
);

/** networking.k8s.io/v1 NetworkPolicy: kept, not enforced: pods share the network of the machine. */
export const networkPolicy: Kind = stateKind(
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    modelled: {
      spec: z.strictObject({ podSelector: given, policyTypes: given, ingress: given, egress: given }).partial(),
    },
  },
  { describe: async () => "kept, not enforced locally" },
);

function autoscalerProblems(spec: Bag): Problem[] {
  const { minReplicas, maxReplicas } = spec;
  if (typeof maxReplicas !== "number") return [];
  if (maxReplicas < 1) return [{ property: "spec.maxReplicas", reason: "must be greater than 0" }];
  if (typeof minReplicas === "number" && minReplicas < 1)
    return [{ property: "spec.minReplicas", reason: "must be greater than 0" }];
  return typeof minReplicas === "number" && minReplicas > maxReplicas
    ? [{ property: "spec.maxReplicas", reason: `must be at least minReplicas (${minReplicas}), got ${maxReplicas}` }]
    : [];
}

function bind(id: string, inputs: Bag, cloud: Cloud): void {
  const { minReplicas, maxReplicas } = bounds(inputs);
  workloadsOf(cloud).setBounds(`${partsOf(id).namespace}/${targetName(inputs)}`, {
    min: minReplicas,
    max: maxReplicas,
  });
}

function unbind(id: string, inputs: Bag, cloud: Cloud): void {
  workloadsOf(cloud).setBounds(`${partsOf(id).namespace}/${targetName(inputs)}`, undefined);
}

function targetName(inputs: Bag): string {
  return textOf(bagOf(bagOf(inputs.spec).scaleTargetRef).name);
}

function bounds(inputs: Bag): { minReplicas: number; maxReplicas: number } {
  const { minReplicas, maxReplicas } = bagOf(inputs.spec);
  return { minReplicas: Number(minReplicas ?? 1), maxReplicas: Number(maxReplicas) };
}
