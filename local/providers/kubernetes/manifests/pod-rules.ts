import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { Problem } from "../../../contract";
import { isKnownField } from "../pods/environment";
import { isLabel } from "./name-rules";

/** What the API server refuses in a pod template beyond types: names, references between its parts, contradictions. Only for schema-valid templates. */
export function podProblems(template: IPodTemplateSpec, path: string): Problem[] {
  const { spec } = template;
  if (!spec) return [{ property: `${path}.spec`, reason: "is required" }];
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name));
  const names = [...(spec.initContainers ?? []), ...spec.containers].map(({ name }) => name);
  const problems: Problem[] = [];
  const refuse = (property: string, reason: string) => problems.push({ property: `${path}.spec.${property}`, reason });
  if (spec.containers.length === 0) refuse("containers", "must have at least one container");
  for (const [property, containers] of [
    ["initContainers", spec.initContainers ?? []],
    ["containers", spec.containers],
  ] as const)
    for (const [index, container] of containers.entries()) {
      const at = `${property}.${index}`;
      if (!isLabel(container.name)) refuse(`${at}.name`, `"${container.name}" is not a valid container name`);
      if (names.filter((name) => name === container.name).length > 1)
        refuse(`${at}.name`, `"${container.name}" is given to two containers`);
      if (!container.image) refuse(`${at}.image`, "is required");
      containerProblems(container, volumes, (inner, reason) => refuse(`${at}.${inner}`, reason));
      const nonRoot = container.securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot;
      const user = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
      if (nonRoot === true && user === 0)
        refuse(
          `${at}.securityContext.runAsUser`,
          "container's runAsUser breaks non-root policy: it is 0 and runAsNonRoot is true",
        );
    }
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const sources = Object.keys(volume).filter((key) => key !== "name");
    if (sources.length !== 1) refuse(`volumes.${index}`, `volume "${volume.name}" must have exactly one source`);
    if ((spec.volumes ?? []).filter(({ name }) => name === volume.name).length > 1)
      refuse(`volumes.${index}.name`, `"${volume.name}" is given to two volumes`);
  }
  return problems;
}

function containerProblems(
  container: IContainer,
  volumes: ReadonlySet<string>,
  refuse: (property: string, reason: string) => void,
): void {
  const targets = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  for (const [index, { name, mountPath, subPath }] of (container.volumeMounts ?? []).entries()) {
    if (!volumes.has(name)) refuse(`volumeMounts.${index}.name`, `there is no volume "${name}" in the pod`);
    if (!mountPath.startsWith("/") || mountPath === "/")
      refuse(`volumeMounts.${index}.mountPath`, `"${mountPath}" must be an absolute path below the root`);
    if (targets.indexOf(mountPath) !== index)
      refuse(`volumeMounts.${index}.mountPath`, `"${mountPath}" must be unique`);
    if (subPath?.startsWith("/") || subPath?.split("/").includes(".."))
      refuse(`volumeMounts.${index}.subPath`, `"${subPath}" must be a relative path without '..'`);
  }
  for (const [index, { name, value, valueFrom }] of (container.env ?? []).entries()) {
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name))
      refuse(`env.${index}.name`, `"${name}" is not a valid variable name`);
    if (valueFrom === undefined) continue;
    if (value !== undefined && value !== "") refuse(`env.${index}.valueFrom`, "may not be given together with value");
    if (Object.keys(valueFrom).length !== 1) refuse(`env.${index}.valueFrom`, "must have exactly one source");
    if (valueFrom.fieldRef && !isKnownField(valueFrom.fieldRef.fieldPath))
      refuse(
        `env.${index}.valueFrom.fieldRef.fieldPath`,
        `"${valueFrom.fieldRef.fieldPath}" is not modelled by the local cloud`,
      );
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    const probe = container[name];
    if (!probe) continue;
    const handlers = [probe.exec, probe.httpGet, probe.tcpSocket].filter((handler) => handler !== undefined);
    if (handlers.length !== 1) refuse(name, "must have exactly one of exec, httpGet and tcpSocket");
    const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
    if (typeof port === "string" && !container.ports?.some((named) => named.name === port))
      refuse(`${name}.${probe.httpGet ? "httpGet" : "tcpSocket"}.port`, `the container has no port named "${port}"`);
    if (name !== "readinessProbe" && (probe.successThreshold ?? 1) !== 1)
      refuse(`${name}.successThreshold`, "must be 1");
  }
  for (const [index, { containerPort }] of (container.ports ?? []).entries())
    if (containerPort < 1 || containerPort > 65_535)
      refuse(`ports.${index}.containerPort`, "must be between 1 and 65535");
}
