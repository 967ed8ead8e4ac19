import { z } from "zod";
import {
  Unready,
  type Bag,
  type Cloud,
  type Kind,
  type Operation,
  type Problem,
  type UpdateOperation,
} from "../../../contract";
import { Cluster } from "../cluster";
import { modelledPodTemplate } from "../manifests/modelled-pod";
import { podProblems } from "../manifests/pod-rules";
import { manifestOf } from "../manifests/published-schema";
import { DeploymentController } from "../workloads/deployment-controller";
import { tail } from "../workloads/log-tail";
import { workloadsOf } from "../workloads/workloads";
import { isSelected } from "../services/endpoints";
import { commandProblems, standIns } from "./commands";
import { bagOf, hasUnknown, liveObject, objectKind, partsOf, skipsAwait, timestamp } from "./object";

const given = z.unknown();

const spec = z
  .strictObject({
    replicas: given,
    selector: z.strictObject({ matchLabels: given }),
    template: modelledPodTemplate,
    strategy: z
      .strictObject({
        type: given,
        rollingUpdate: z.strictObject({ maxSurge: given, maxUnavailable: given }).partial(),
      })
      .partial(),
    minReadySeconds: given,
    progressDeadlineSeconds: given,
    revisionHistoryLimit: given,
  })
  .partial();

const base = objectKind({
  apiVersion: "apps/v1",
  kind: "Deployment",
  modelled: { spec },
  immutable: ["spec.selector"],
});

/** apps/v1 Deployment: pods that are processes, kept at their number, rolled when the template changes. */
export const deployment: Kind = {
  ...base,
  bootOrder: 60,
  refuse(inputs, where) {
    const problems = base.refuse(inputs, where);
    return problems.length > 0 || hasUnknown(inputs.spec) ? problems : deploymentProblems(inputs, where.cloud);
  },
  create: (operation) => applyAndAwait(operation),
  update: (operation) => applyAndAwait(operation),
  async resume({ id, inputs }, cloud) {
    apply(id, inputs, cloud);
  },
  async delete({ cloud, id }) {
    const controller = workloadsOf(cloud).deployments.get(id);
    workloadsOf(cloud).deployments.delete(id);
    await controller?.stop();
  },
  async read(resource, cloud) {
    const controller = workloadsOf(cloud).deployments.get(resource.id);
    return controller ? { ...resource.outputs, status: status(controller, resource.outputs) } : resource.outputs;
  },
  async describe({ id, inputs }, cloud) {
    const controller = workloadsOf(cloud).deployments.get(id);
    if (!controller) return "not running";
    const { readyReplicas } = controller.counts;
    const restarts = controller.pods.reduce((sum, pod) => sum + pod.restarts, 0);
    const crashing = controller.pods.some(({ containers }) =>
      containers.some(({ state }) => state.state === "waiting" && state.reason === "CrashLoopBackOff"),
    );
    const failure = controller.pods.find((pod) => !pod.ready && pod.lastFailure !== undefined)?.lastFailure;
    return [
      `${readyReplicas} of ${controller.replicas} pods ready`,
      restarts > 0 ? `${restarts} restarts` : "",
      crashing ? "CrashLoopBackOff" : "",
      failure ?? "",
      ...standIns(manifestOf("Deployment", inputs).spec?.template ?? {}),
    ]
      .filter((part) => part !== "")
      .join(", ");
  },
  actions: {
    pods: async ({ id }, cloud) => ({ pods: workloadsOf(cloud).deployments.get(id)?.pods.map(podFacts) ?? [] }),
    async restart({ id }, cloud) {
      const controller = workloadsOf(cloud).deployments.get(id);
      controller?.restart();
      await controller?.available(AbortSignal.timeout(600_000), () => undefined);
      return { pods: controller?.pods.map(podFacts) ?? [] };
    },
    logs: async ({ id }, cloud, args) => ({
      logs: (workloadsOf(cloud).deployments.get(id)?.pods ?? []).flatMap((pod) =>
        pod.logFiles.map(({ container, file }) => ({
          pod: pod.name,
          container,
          lines: tail(file, Number(args.lines ?? 100)),
        })),
      ),
    }),
  },
};

function podFacts(pod: DeploymentController["pods"][number]): Bag {
  return {
    name: pod.name,
    ip: pod.identity.ip,
    phase: pod.terminating ? "Terminating" : pod.phase,
    ready: pod.ready,
    restarts: pod.restarts,
    containers: pod.containers.map(({ name, pid, state, restarts, ready }) => ({
      name,
      pid: pid ?? null,
      state: state.state === "waiting" ? state.reason : state.state,
      ready,
      restarts,
    })),
  };
}

async function applyAndAwait(operation: Operation | UpdateOperation): Promise<Bag> {
  const { cloud, id, inputs, signal } = operation;
  const controller = apply(id, inputs, cloud);
  const live = () => {
    const outputs = liveObject(operation, { spec: defaulted(inputs) });
    return { ...outputs, status: status(controller, outputs) };
  };
  if (skipsAwait(inputs)) return live();
  try {
    await controller.available(signal, operation.status);
  } catch (error) {
    throw new Unready(live(), [error instanceof Error ? error.message : String(error), ...controller.troubles()]);
  }
  return live();
}

function apply(id: string, inputs: Bag, cloud: Cloud): DeploymentController {
  const { spec: wanted } = manifestOf("Deployment", inputs);
  if (!wanted) throw new Error(`deployment ${id} has no spec`);
  const { deployments, boundsOf } = workloadsOf(cloud);
  const known = deployments.get(id);
  if (known) {
    known.apply(wanted);
    return known;
  }
  const { namespace, name } = partsOf(id);
  const controller = new DeploymentController(Cluster.of(cloud), namespace, name, wanted, boundsOf(id));
  deployments.set(id, controller);
  return controller;
}

function defaulted(inputs: Bag): Bag {
  const own = bagOf(inputs.spec);
  return {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    ...own,
  };
}

function status(controller: DeploymentController, outputs: Bag): Bag {
  const { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas } = controller.counts;
  const now = timestamp(new Date());
  const condition = (type: string, ok: boolean, reason: string) => ({
    ...{ type, status: ok ? "True" : "False", reason, lastUpdateTime: now, lastTransitionTime: now },
  });
  return {
    observedGeneration: bagOf(outputs.metadata).generation ?? 1,
    ...{ replicas, updatedReplicas, readyReplicas, availableReplicas },
    ...(unavailableReplicas > 0 ? { unavailableReplicas } : {}),
    conditions: [
      condition(
        "Available",
        unavailableReplicas === 0,
        unavailableReplicas === 0 ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      ),
      condition("Progressing", true, controller.isComplete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
    ],
  };
}

function deploymentProblems(inputs: Bag, cloud: Cloud): Problem[] {
  const { spec: wanted } = manifestOf("Deployment", inputs);
  if (!wanted) return [{ property: "spec", reason: "is required" }];
  const problems = podProblems(wanted.template, "spec.template");
  const refuse = (property: string, reason: string) => problems.push({ property: `spec.${property}`, reason });
  if (!isSelected(wanted.template.metadata?.labels, wanted.selector.matchLabels))
    refuse("selector.matchLabels", "must be labels of spec.template.metadata.labels; an empty selector is refused");
  if ((wanted.template.spec?.restartPolicy ?? "Always") !== "Always")
    refuse("template.spec.restartPolicy", 'must be "Always" in a Deployment');
  if (wanted.strategy?.type === "Recreate" && wanted.strategy.rollingUpdate)
    refuse("strategy.rollingUpdate", "may not be given when the strategy is Recreate");
  const { maxSurge, maxUnavailable } = wanted.strategy?.rollingUpdate ?? {};
  if (isZero(maxSurge) && isZero(maxUnavailable))
    refuse("strategy.rollingUpdate.maxUnavailable", "may not be 0 when maxSurge is 0");
  if ((wanted.progressDeadlineSeconds ?? 600) <= (wanted.minReadySeconds ?? 0))
    refuse("progressDeadlineSeconds", "must be greater than minReadySeconds");
  return [...problems, ...commandProblems(wanted.template, "spec.template", cloud)];
}

function isZero(value: number | string | undefined): boolean {
  return value !== undefined && Number.parseFloat(String(value)) === 0;
}
