import { randomBytes } from "node:crypto";
import type { Bag, Change, Kind, Naming, Problem, Resource, UpdateOperation } from "../../local/contract";
import { diff } from "../../local/providers/diff";
import type { TestCloud } from "./test-cloud";

/** What the server says when inputs are refused at preview. */
export class InputsRefused extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
  }
}

/** Defaults, strict validation and refusals in the server's order; throws `InputsRefused`. */
export function checkInputs(
  cloud: TestCloud,
  kind: Kind,
  inputs: Bag,
  options: { name?: string; id?: string; prior?: Bag } = {},
): Bag {
  const naming = namingOf(options.name ?? "test", options.prior);
  const filled = kind.defaults?.(inputs, naming) ?? inputs;
  const parsed = kind.inputs.safeParse(filled);
  if (!parsed.success)
    throw new InputsRefused(
      parsed.error.issues.map((issue) => ({ property: issue.path.join("."), reason: issue.message })),
    );
  const problems = kind.refuse?.(filled, { cloud, id: options.id, priorInputs: options.prior }) ?? [];
  if (problems.length > 0) throw new InputsRefused(problems);
  return filled;
}

/** Creates the resource as the server would; `id` repeats a create that was cut short. */
export async function createResource(
  cloud: TestCloud,
  kind: Kind,
  inputs: Bag,
  options: { name?: string; id?: string; status?: (message: string) => void } = {},
): Promise<Resource> {
  const name = options.name ?? "test";
  const filled = checkInputs(cloud, kind, inputs, { name });
  const id = options.id ?? kind.identify(filled, namingOf(name), cloud);
  const base = { type: kind.type, id, urn: urnOf(kind, name), inputs: filled, createdAt: new Date().toISOString() };
  cloud.hold({ ...base, phase: "creating", outputs: {} });
  const operation = { cloud, urn: base.urn, name, id, inputs: filled, signal: new AbortController().signal };
  const outputs = await kind.create({ ...operation, status: options.status ?? (() => undefined) });
  return cloud.hold({ ...base, phase: "ready", outputs: { ...filled, ...outputs } });
}

/** What the server would answer to the engine's Diff: which changes, and whether they replace. */
export function diffResource(cloud: TestCloud, kind: Kind, olds: Bag, news: Bag): readonly Change[] {
  return diff(kind, olds, news, cloud).changes;
}

export async function updateResource(cloud: TestCloud, kind: Kind, resource: Resource, inputs: Bag): Promise<Resource> {
  if (!kind.update) throw new Error(`${kind.type} has no update`);
  const name = resource.urn.slice(resource.urn.lastIndexOf("::") + 2);
  const filled = checkInputs(cloud, kind, inputs, { name, id: resource.id, prior: resource.inputs });
  const operation: UpdateOperation = {
    cloud,
    urn: resource.urn,
    name,
    id: resource.id,
    inputs: filled,
    priorInputs: resource.inputs,
    priorOutputs: resource.outputs,
    signal: new AbortController().signal,
    status: () => undefined,
  };
  const outputs = await kind.update(operation);
  return cloud.hold({ ...resource, inputs: filled, outputs: { ...filled, ...outputs } });
}

export async function deleteResource(cloud: TestCloud, kind: Kind, resource: Resource): Promise<void> {
  const { id, urn, inputs, outputs } = resource;
  const signal = new AbortController().signal;
  const name = urn.slice(urn.lastIndexOf("::") + 2);
  await kind.delete({ cloud, urn, name, id, inputs, outputs, signal, status: () => undefined });
  cloud.forget(kind.type, id);
}

export function namingOf(name: string, prior?: Bag): Naming {
  return {
    name,
    project: "plinth",
    stack: "test",
    prior,
    auto(property, options = {}) {
      const before = prior?.[property];
      if (typeof before === "string") return before;
      const digits = options.digits ?? 7;
      const stem = `${options.prefix ?? name}${options.separator ?? "-"}`;
      const cut = options.maxLength === undefined ? stem : stem.slice(0, options.maxLength - digits);
      return `${cut}${randomBytes(digits).toString("hex").slice(0, digits)}`;
    },
  };
}

function urnOf(kind: Kind, name: string): string {
  return `urn:pulumi:test::plinth::${kind.type}::${name}`;
}
