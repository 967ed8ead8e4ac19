import type { IServicePort } from "kubernetes-models/v1/ServicePort";
import type { Pod } from "../pods/pod";

/** Name under which a Service port is known to its proxy. */
export function portKey({ name, port }: IServicePort): string {
  return name ?? String(port);
}

/** Whether labels carry every pair of a selector; an empty selector selects nothing. */
export function isSelected(
  labels: Readonly<Record<string, string>> | undefined,
  selector: Readonly<Record<string, string>> | undefined,
): boolean {
  const pairs = Object.entries(selector ?? {});
  return pairs.length > 0 && pairs.every(([key, value]) => labels?.[key] === value);
}

/** `ip:port` of the pods that take traffic for a Service port; pods without the named target port are left out. */
export function endpointsOf(port: IServicePort, pods: readonly Pick<Pod, "identity" | "spec">[]): string[] {
  const target = port.targetPort ?? port.port;
  return pods.flatMap(({ identity, spec }) => {
    const named = spec.containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === target);
    const number = typeof target === "number" ? target : named?.containerPort;
    return number === undefined ? [] : [`${identity.ip}:${number}`];
  });
}
