import type { z } from "zod";
import type { Bag, Cloud, Kind, Naming, Resource } from "../../contract";
import { tagOutputs, withoutNulls } from "./common";

interface Place {
  readonly id: string;
  readonly cloud: Cloud;
  /** Outputs before the update; undefined while the resource is created. */
  readonly priorOutputs?: Bag;
}

interface StateKind<S extends z.ZodObject> extends Pick<
  Kind,
  "type" | "refuse" | "deleteBeforeReplace" | "diff" | "describe"
> {
  readonly inputs: S;
  defaults?(inputs: Bag, naming: Naming): Bag;
  identify(inputs: z.output<S>, naming: Naming, cloud: Cloud): string;
  /** Properties whose change replaces the resource; `region` always does. "all": there is no update in place. */
  readonly replaceOn: readonly string[] | "all";
  /** Throws the `Refusal` the service would answer to the call (something referred to is missing, a duplicate). */
  admit?(inputs: z.output<S>, place: Place): void;
  outputs(inputs: z.output<S>, place: Place): Bag;
  /** Throws the `Refusal` the service would answer to the deletion; leaves behind what the service remembers. */
  dismiss?(resource: Pick<Resource, "id" | "inputs" | "outputs">, cloud: Cloud): void;
}

/**
 * A kind without processes: the resource is what the cloud remembers of it. Fills `region`, `tags` and `tagsAll` among the outputs of kinds
 * that have them.
 */
export function stateKind<S extends z.ZodObject>(spec: StateKind<S>): Kind {
  const regionalKind = "region" in spec.inputs.shape;
  const taggedKind = "tagsAll" in spec.inputs.shape;
  const settle = (given: Bag, place: Place): Bag => {
    const inputs = spec.inputs.parse(given);
    if (place.cloud.mode === "run") spec.admit?.(inputs, place);
    return {
      ...(regionalKind ? { region: given.region ?? place.cloud.region } : {}),
      ...(taggedKind ? tagOutputs(given) : {}),
      ...spec.outputs(inputs, place),
    };
  };
  return {
    type: spec.type,
    inputs: spec.inputs,
    refuse: spec.refuse,
    diff: spec.diff,
    describe: spec.describe,
    deleteBeforeReplace: spec.deleteBeforeReplace,
    replaceOn: spec.replaceOn === "all" ? Object.keys(spec.inputs.shape) : [...spec.replaceOn, "region"],
    defaults: (inputs, naming) => {
      const given = withoutNulls(inputs);
      return { ...spec.defaults?.(given, naming), ...given };
    },
    identify: (inputs, naming, cloud) => spec.identify(spec.inputs.parse(inputs), naming, cloud),
    create: async ({ id, inputs, cloud }) => settle(inputs, { id, cloud }),
    ...(spec.replaceOn === "all"
      ? {}
      : { update: async ({ id, inputs, cloud, priorOutputs }) => settle(inputs, { id, cloud, priorOutputs }) }),
    delete: async ({ id, inputs, outputs, cloud }) => spec.dismiss?.({ id, inputs, outputs }, cloud),
  };
}
