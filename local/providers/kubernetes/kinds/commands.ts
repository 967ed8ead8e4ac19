import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import { Refusal, type Cloud, type Problem } from "../../../contract";
import { machine } from "../images/machine";
import { catalogueEntryOf, resolveCommand } from "../images/resolve-command";

/** What cannot run on this machine; nothing in paper mode, where nothing will. */
export function commandProblems(template: IPodTemplateSpec, path: string, cloud: Cloud): Problem[] {
  if (cloud.mode === "paper") return [];
  const { containers = [], initContainers = [] } = template.spec ?? {};
  return [
    ...containers.map((container, index) => ({ container, at: `${path}.spec.containers.${index}` })),
    ...initContainers.map((container, index) => ({ container, at: `${path}.spec.initContainers.${index}` })),
  ].flatMap(({ container, at }) => {
    const resolved = resolveCommand(container, machine);
    return "argv" in resolved ? [] : [{ property: `${at}.${resolved.property}`, reason: resolved.reason }];
  });
}

/** @throws Refusal when a program of the pod is not on this machine. */
export function needCommands(template: IPodTemplateSpec, path: string, cloud: Cloud): void {
  const [problem] = commandProblems(template, path, cloud);
  if (problem) throw new Refusal("ImagePullBackOff", `${problem.property}: ${problem.reason}`);
}

/** Images of the template that something else stands in for, for `describe`. */
export function standIns(template: IPodTemplateSpec): string[] {
  return (template.spec?.containers ?? [])
    .filter(({ image }) => catalogueEntryOf(image ?? "")?.standIn !== undefined)
    .map(({ name }) => `${name} is a stand-in`);
}
