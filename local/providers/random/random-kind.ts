import { z } from "zod";
import type { Bag, Change, Kind, Problem } from "../../contract";

/** Arbitrary values whose change makes a new resource; every kind of the package takes them. */
export const keepers = z.record(z.string(), z.string()).optional();

interface RandomKind<S extends z.ZodType> {
  readonly type: string;
  readonly inputs: S;
  readonly defaults?: Bag;
  refuse?(inputs: Bag): Problem[];
  /** The random value itself where the real provider uses it as the identifier. */
  identify(inputs: z.output<S>): string;
  outputs(id: string, inputs: z.output<S>): Bag;
}

/**
 * A kind whose value is drawn once and then lives in the engine's state alone: there is nothing to update, so any change of an input draws
 * a new one in a new resource, as the real provider does.
 */
export function randomKind<S extends z.ZodType>(spec: RandomKind<S>): Kind {
  return {
    type: spec.type,
    stateless: true,
    inputs: spec.inputs,
    defaults: (inputs) => ({ ...spec.defaults, ...withoutNulls(inputs) }),
    refuse: spec.refuse,
    identify: (inputs) => spec.identify(spec.inputs.parse(inputs)),
    diff: (changes, olds, news) => changes.filter((change) => !isKeeperMadeOfNothing(change, olds, news)),
    create: async ({ id, inputs }) => spec.outputs(id, spec.inputs.parse(inputs)),
    delete: async () => undefined,
  };
}

/** `keepers` absent and `keepers: {}` mean the same to the real provider. */
function isKeeperMadeOfNothing({ path }: Change, olds: Bag, news: Bag): boolean {
  if (path !== "keepers") return false;
  return Object.keys(olds.keepers ?? {}).length === 0 && Object.keys(news.keepers ?? {}).length === 0;
}

function withoutNulls(inputs: Bag): Bag {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
}
