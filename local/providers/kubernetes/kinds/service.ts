import { z } from "zod";
import { Unready, type Bag, type Cloud, type Kind, type Operation, type Problem } from "../../../contract";
import { waitFor } from "../../../processes/wait";
import { Cluster } from "../cluster";
import { isLabel } from "../manifests/name-rules";
import { manifestOf } from "../manifests/published-schema";
import { isSelected, portKey } from "../services/endpoints";
import { ServiceRuntime } from "../services/service-runtime";
import { workloadsOf } from "../workloads/workloads";
import { bagOf, hasUnknown, liveObject, objectKind, partsOf, skipsAwait } from "./object";

const given = z.unknown();

const spec = z
  .strictObject({
    type: z.literal("ClusterIP", 'only type "ClusterIP" is modelled by the local cloud'),
    selector: given,
    ports: z.array(
      z
        .strictObject({
          name: given,
          port: given,
          targetPort: given,
          protocol: z.literal("TCP", "only TCP is modelled by the local cloud"),
          appProtocol: given,
        })
        .partial(),
    ),
    clusterIP: given,
    sessionAffinity: given,
    publishNotReadyAddresses: given,
    internalTrafficPolicy: given,
    ipFamilies: given,
    ipFamilyPolicy: given,
  })
  .partial();

const base = objectKind({ apiVersion: "v1", kind: "Service", modelled: { spec }, immutable: ["spec.clusterIP"] });
/** As pulumi-kubernetes waits for endpoints. */
const endpointsTimeoutMs = 600_000;
/** How long to look out for a Deployment that the Service could wait for. */
const deploymentTimeoutMs = 2_000;

/** core/v1 Service: an address of its own with a proxy that spreads connections over ready pods, and a name that pods can look up. */
export const service: Kind = {
  ...base,
  bootOrder: 50,
  refuse(inputs, where) {
    const problems = base.refuse(inputs, where);
    return problems.length > 0 || hasUnknown(inputs.spec) ? problems : serviceProblems(inputs, where.cloud);
  },
  async create(operation) {
    const runtime = await apply(operation.id, operation.inputs, operation.cloud);
    await awaitEndpoints(operation, runtime);
    return live(operation, runtime);
  },
  async update(operation) {
    const runtime = await apply(operation.id, operation.inputs, operation.cloud);
    await awaitEndpoints(operation, runtime);
    return live(operation, runtime);
  },
  async resume({ id, inputs }, cloud) {
    await apply(id, inputs, cloud);
  },
  async delete({ cloud, id }) {
    const { services } = workloadsOf(cloud);
    await services.get(id)?.stop();
    services.delete(id);
    cloud.addresses.release(`service/${id}`);
  },
  async describe({ id, inputs }, cloud) {
    const runtime = workloadsOf(cloud).services.get(id);
    if (!runtime) return "not running";
    const ports = (manifestOf("Service", inputs).spec?.ports ?? []).map(({ port }) => port).join(", ");
    const count = runtime.readyPods.length;
    const pods =
      count === 0 ? "no ready pod: connections are closed" : `${count} ready ${count === 1 ? "pod" : "pods"}`;
    return runtime.isHeadless ? `headless, ${pods}` : `${runtime.address ?? ""} port ${ports}, ${pods}`;
  },
};

async function apply(id: string, inputs: Bag, cloud: Cloud): Promise<ServiceRuntime> {
  const { spec: wanted = {} } = manifestOf("Service", inputs);
  const { services } = workloadsOf(cloud);
  const known = services.get(id);
  if (known) {
    await known.apply(wanted);
    return known;
  }
  const { namespace, name } = partsOf(id);
  const runtime = await ServiceRuntime.start(Cluster.of(cloud), namespace, name, wanted);
  services.set(id, runtime);
  return runtime;
}

/**
 * Waits for a ready pod as pulumi-kubernetes does, unless the Service is headless, has no selector, or nothing that could make such a pod is on its
 * way: a program may well register the Service first and make its Deployment depend on it.
 */
async function awaitEndpoints(operation: Operation, runtime: ServiceRuntime): Promise<void> {
  const { inputs, cloud, signal } = operation;
  const { selector } = manifestOf("Service", inputs).spec ?? {};
  if (skipsAwait(inputs) || runtime.isHeadless || !selector) return;
  const hasEndpoint = () => runtime.readyPods.length > 0;
  const isPromised = () =>
    cloud.resources("kubernetes:apps/v1:Deployment").some((resource) => {
      const { spec: wanted } = manifestOf("Deployment", resource.inputs);
      const inNamespace = partsOf(resource.id).namespace === runtime.namespace;
      return (
        inNamespace &&
        resource.phase !== "failed" &&
        wanted?.replicas !== 0 &&
        isSelected(wanted?.template.metadata?.labels, selector)
      );
    });
  operation.status("waiting for a ready pod");
  const soon = Date.now() + deploymentTimeoutMs;
  await waitFor({ what: "a ready pod", timeoutMs: endpointsTimeoutMs, signal }, () => {
    return hasEndpoint() || (Date.now() > soon && !isPromised());
  }).catch(() => {
    throw new Unready(live(operation, runtime), [
      `service ${runtime.name} does not target any ready pod; see whether its selector matches the pods' labels and why they are not ready`,
    ]);
  });
}

function live(operation: Operation, runtime: ServiceRuntime): Bag {
  const own = bagOf(operation.inputs.spec);
  const address = runtime.address ?? "None";
  const ports = (Array.isArray(own.ports) ? own.ports : []).map((port) => {
    const given = bagOf(port);
    return { protocol: "TCP", ...given, targetPort: given.targetPort ?? given.port ?? null };
  });
  return liveObject(operation, {
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...own,
      ports,
      clusterIP: address,
      clusterIPs: [address],
    },
    status: { loadBalancer: {} },
  });
}

function serviceProblems(inputs: Bag, cloud: Cloud): Problem[] {
  const { spec: wanted } = manifestOf("Service", inputs);
  if (!wanted) return [{ property: "spec", reason: "is required" }];
  const ports = wanted.ports ?? [];
  const problems: Problem[] = [];
  if (ports.length === 0 && wanted.clusterIP !== "None")
    problems.push({ property: "spec.ports", reason: "is required" });
  const chosen = wanted.clusterIP;
  const range = `${cloud.addresses.network}.`;
  if (cloud.mode === "run" && chosen && chosen !== "None" && !chosen.startsWith(range))
    problems.push({
      property: "spec.clusterIP",
      reason: `"${chosen}" is not in the range of Service addresses, ${range}0.0/16; leave it out to be given one`,
    });
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports.${index}`;
    if (port.port < 1 || port.port > 65_535)
      problems.push({ property: `${at}.port`, reason: "must be between 1 and 65535" });
    if (ports.length > 1 && !port.name)
      problems.push({ property: `${at}.name`, reason: "is required when there are several ports" });
    if (port.name !== undefined && !isLabel(port.name))
      problems.push({ property: `${at}.name`, reason: `"${port.name}" is not a valid port name` });
    if (ports.findIndex((other) => portKey(other) === portKey(port)) !== index)
      problems.push({ property: `${at}.name`, reason: "must be unique" });
  }
  return problems;
}
