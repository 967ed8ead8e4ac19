import { Refusal, Unready, type Bag, type Kind, type Naming, type Operation } from "../contract";
import type { LocalCloud, StoredResource } from "../cloud/cloud";

export interface Request {
  readonly urn: string;
  readonly name: string;
  readonly inputs: Bag;
  readonly signal: AbortSignal;
  readonly status: (message: string) => void;
}

export interface Outcome {
  readonly id: string;
  readonly outputs: Bag;
}

/**
 * Creates, updates and deletes with a journal, so that a kill at any moment can be repaired by running the update again:
 * the record is written before anything is started, and a resource whose creation the engine never learnt of is handed to the next create of the
 * same URN instead of being refused as a duplicate. "Learnt of" is seen from the engine itself: it names the id in a later diff, update or delete.
 */
export class Lifecycle {
  constructor(private readonly cloud: LocalCloud) {}

  async create(kind: Kind, request: Request, naming: Naming): Promise<Outcome> {
    if (kind.stateless) {
      const id = kind.identify(request.inputs, naming, this.cloud);
      return { id, outputs: { ...request.inputs, ...(await kind.create(this.#operation(request, id))) } };
    }
    const unfinished = this.cloud
      .resources(kind.type)
      .find(({ urn, acknowledged }) => urn === request.urn && !acknowledged);
    const id = unfinished?.id ?? kind.identify(request.inputs, naming, this.cloud);
    if (!unfinished && this.cloud.resource(kind.type, id)) {
      throw new Refusal(
        "AlreadyExists",
        `${kind.type} '${id}' exists already; give the new one another name, or delete the old one first`,
      );
    }
    const draft: StoredResource = {
      type: kind.type,
      id,
      urn: request.urn,
      phase: "creating",
      inputs: request.inputs,
      outputs: unfinished?.outputs ?? {},
      createdAt: unfinished?.createdAt ?? new Date().toISOString(),
      acknowledged: false,
    };
    this.cloud.put(draft);
    return this.#settle(draft, async () => {
      try {
        return await kind.create(this.#operation(request, id));
      } catch (error) {
        if (error instanceof Refusal) this.cloud.remove(kind.type, id);
        throw error;
      }
    });
  }

  async update(kind: Kind, id: string, request: Request, priorInputs: Bag, priorOutputs: Bag): Promise<Bag> {
    const update = kind.update;
    if (!update) throw new Error(`${kind.type} has no update in place`);
    const operation = { ...this.#operation(request, id), priorInputs, priorOutputs };
    if (kind.stateless) return { ...priorOutputs, ...request.inputs, ...(await update.call(kind, operation)) };
    const stored = this.acknowledge(kind.type, id, request.urn);
    if (!stored)
      throw new Refusal(
        "NotFound",
        `${kind.type} '${id}' does not exist any more; run 'plinth up --refresh' to bring the state up to date`,
      );
    const outcome = await this.#settle({ ...stored, inputs: request.inputs }, () => update.call(kind, operation));
    return outcome.outputs;
  }

  async delete(kind: Kind, id: string, request: Request): Promise<void> {
    if (kind.stateless) return;
    const stored = this.acknowledge(kind.type, id, request.urn);
    if (!stored) return; // already gone: a delete that was killed after its work
    this.cloud.put({ ...stored, phase: "deleting" });
    try {
      await kind.delete({ ...this.#operation(request, id), inputs: stored.inputs, outputs: stored.outputs });
    } catch (error) {
      if (error instanceof Refusal) this.cloud.put(stored);
      throw error;
    }
    this.cloud.remove(kind.type, id);
  }

  /** The engine named this id, so it knows of it. Returns the resource, under its present URN. */
  acknowledge(type: string, id: string, urn: string): StoredResource | undefined {
    const stored = this.cloud.resource(type, id);
    if (!stored || (stored.acknowledged && stored.urn === urn)) return stored;
    const known = { ...stored, acknowledged: true, urn };
    this.cloud.put(known);
    return known;
  }

  async #settle(draft: StoredResource, work: () => Promise<Bag>): Promise<Outcome> {
    const { type, id, inputs } = draft;
    try {
      const outputs = { ...inputs, ...(await work()) };
      this.cloud.put({ ...(this.cloud.resource(type, id) ?? draft), inputs, outputs, phase: "ready" });
      return { id, outputs };
    } catch (error) {
      if (error instanceof Unready) {
        this.cloud.put({
          ...(this.cloud.resource(type, id) ?? draft),
          inputs,
          outputs: { ...inputs, ...error.outputs },
          phase: "failed",
        });
        throw new InitFailure(id, error);
      }
      const stored = this.cloud.resource(type, id);
      if (stored?.phase === "creating") this.cloud.put({ ...stored, phase: "failed" });
      throw error;
    }
  }

  #operation(request: Request, id: string): Operation {
    return { cloud: this.cloud, id, ...request };
  }
}

/** An `Unready` together with the id of the resource that exists all the same. */
export class InitFailure extends Error {
  constructor(
    readonly id: string,
    readonly unready: Unready,
  ) {
    super(unready.message);
  }
}
