import { isDeepStrictEqual } from "node:util";
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
    return this.cloud.turns.take(request.urn, () => this.#createOrFinish(kind, request, naming));
  }

  async #createOrFinish(kind: Kind, request: Request, naming: Naming): Promise<Outcome> {
    const unfinished = await this.#unfinished(kind, request);
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

  /**
   * What a create that the engine never learnt of has left. With the same inputs that create is finished; with others (a new name, say) the
   * remains make room for the resource now asked for.
   */
  async #unfinished(kind: Kind, request: Request): Promise<StoredResource | undefined> {
    const found = this.cloud.resources(kind.type).find(({ urn, acknowledged }) => urn === request.urn && !acknowledged);
    if (!found || isDeepStrictEqual(found.inputs, request.inputs)) return found;
    await this.#remove(kind, unprotected(found), request);
    return undefined;
  }

  update(kind: Kind, id: string, request: Request, priorInputs: Bag, priorOutputs: Bag): Promise<Bag> {
    return this.cloud.turns.take(request.urn, () => this.#update(kind, id, request, priorInputs, priorOutputs));
  }

  async #update(kind: Kind, id: string, request: Request, priorInputs: Bag, priorOutputs: Bag): Promise<Bag> {
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
    await this.cloud.turns.take(request.urn, async () => {
      const stored = this.acknowledge(kind.type, id, request.urn);
      // When it is gone already, a delete was killed after its work.
      if (stored) await this.#remove(kind, stored, request);
    });
  }

  /** Deletes what the engine does not know of. Protections of data count only where somebody can have put data there. */
  async discard(kind: Kind, stored: StoredResource, request: Request): Promise<void> {
    await this.cloud.turns.take(stored.urn, () =>
      this.#remove(kind, stored.acknowledged ? stored : unprotected(stored), request),
    );
  }

  async #remove(kind: Kind, stored: StoredResource, request: Request): Promise<void> {
    const { id, inputs, outputs } = stored;
    this.cloud.put({ ...stored, phase: "deleting" });
    try {
      await kind.delete({ ...this.#operation(request, id), inputs, outputs });
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

const protections: Bag = {
  deletionProtection: false,
  deletionProtectionEnabled: false,
  skipFinalSnapshot: true,
  forceDestroy: true,
};

function unprotected(resource: StoredResource): StoredResource {
  const lifted = Object.entries(protections).filter(([property]) => property in resource.inputs);
  return { ...resource, inputs: { ...resource.inputs, ...Object.fromEntries(lifted) } };
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
