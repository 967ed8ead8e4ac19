import { type ServerUnaryCall, type ServiceError, type UntypedHandleCall } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { LocalCloud } from "../cloud/cloud";
import { UNKNOWN, type Bag, type Invoke, type Kind } from "../contract";
import { check } from "./check";
import { withTagsAll } from "./default-tags";
import { diff } from "./diff";
import { EngineLog } from "./engine-log";
import { InitFailure, Lifecycle, type Request } from "./lifecycle";
import { namingFor } from "./naming";
import { parseUrn } from "./urn";
import { toBag, toInitFailure, toServiceError, toStruct } from "./wire";

export interface Package {
  readonly name: string;
  /** Reported as the plugin's version; the SDK's own version, so that the engine is content. */
  readonly version: string;
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly invokes: ReadonlyMap<string, Invoke>;
}

/** AWS and Kubernetes operations may take this long unless the resource sets `customTimeouts`. */
const defaultTimeoutSeconds = 20 * 60;

type Callback<R> = (error: ServiceError | null, response: R | null) => void;

/** Pulumi's ResourceProvider protocol for one package, over the kinds of the local cloud. */
export class ProviderService {
  readonly #engine = new EngineLog();
  readonly #lifecycle: Lifecycle;
  /** Each provider instance of the program has a connection of its own; its configuration is found by the connection's peer. */
  readonly #configurations = new Map<string, Bag>();
  #latestConfiguration: Bag = {};

  constructor(
    private readonly contents: Package,
    private readonly cloud: LocalCloud,
  ) {
    this.#lifecycle = new Lifecycle(cloud);
  }

  handlers(): Record<string, UntypedHandleCall> {
    return {
      attach: this.#unary("attach", (request: plugin.PluginAttach) => {
        this.#engine.attach(request.getAddress());
        return new Empty();
      }),
      getPluginInfo: this.#unary("describe itself", () => new plugin.PluginInfo().setVersion(this.contents.version)),
      checkConfig: this.#unary("check its configuration", (request: proto.CheckRequest) =>
        new proto.CheckResponse().setInputs(request.getNews()),
      ),
      diffConfig: this.#unary("compare configurations", () =>
        new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE),
      ),
      configure: this.#unary("configure", (request: proto.ConfigureRequest, peer) => {
        this.#latestConfiguration = toBag(request.getArgs());
        this.#configurations.set(peer, this.#latestConfiguration);
        return new proto.ConfigureResponse().setSupportspreview(true).setAcceptsecrets(false);
      }),
      invoke: this.#unary("answer a data source", (request: proto.InvokeRequest) => this.#invoke(request)),
      check: this.#unary("check", (request: proto.CheckRequest) => this.#check(request)),
      diff: this.#unary("compare", (request: proto.DiffRequest) => this.#diff(request)),
      create: this.#unary("create", (request: proto.CreateRequest, peer) => this.#create(request, peer)),
      read: this.#unary("read", (request: proto.ReadRequest) => this.#read(request)),
      update: this.#unary("update", (request: proto.UpdateRequest, peer) => this.#update(request, peer)),
      delete: this.#unary("delete", (request: proto.DeleteRequest) => this.#delete(request)),
      cancel: this.#unary("cancel", () => new Empty()),
    };
  }

  close(): void {
    this.#engine.close();
  }

  async #invoke(request: proto.InvokeRequest): Promise<proto.InvokeResponse> {
    const invoke = this.contents.invokes.get(request.getTok());
    const response = new proto.InvokeResponse();
    if (!invoke) {
      const failure = new proto.CheckFailure().setReason(
        `the local cloud does not model the data source ${request.getTok()} (docs/local.md lists what it does)`,
      );
      return response.setFailuresList([failure]);
    }
    const args = toBag(request.getArgs());
    const parsed = invoke.args.safeParse(args);
    if (!parsed.success) {
      return response.setFailuresList(
        parsed.error.issues.map((issue) =>
          new proto.CheckFailure().setProperty(issue.path.map(String).join(".")).setReason(issue.message),
        ),
      );
    }
    return response.setReturn(toStruct(await invoke.answer(args, this.cloud)));
  }

  #check(request: proto.CheckRequest): proto.CheckResponse {
    const kind = this.#kindOf(request.getUrn());
    const response = new proto.CheckResponse();
    if (!kind) {
      const { type } = parseUrn(request.getUrn());
      const reason = `the local cloud does not model ${type} (docs/local.md lists what it does)`;
      return response.setInputs(request.getNews()).setFailuresList([new proto.CheckFailure().setReason(reason)]);
    }
    // The engine sends an empty struct, not none, for a resource that is new.
    const olds = toBag(request.getOlds());
    const prior = Object.keys(olds).length > 0 ? olds : undefined;
    const naming = namingFor(request.getUrn(), prior, request.getRandomseed_asU8());
    const existing = prior && this.cloud.resources(kind.type).find(({ urn }) => urn === request.getUrn());
    const { inputs, problems } = check(kind, toBag(request.getNews()), naming, this.cloud, existing?.id);
    response.setInputs(toStruct(inputs));
    return response.setFailuresList(
      problems.map(({ property, reason }) => new proto.CheckFailure().setProperty(property).setReason(reason)),
    );
  }

  #diff(request: proto.DiffRequest): proto.DiffResponse {
    const kind = this.#need(request.getUrn());
    if (!kind.stateless && this.cloud.mode === "run")
      this.#lifecycle.acknowledge(kind.type, request.getId(), request.getUrn());
    const olds = toBag(request.hasOldInputs() ? request.getOldInputs() : request.getOlds());
    const { changes, deleteBeforeReplace } = diff(kind, olds, toBag(request.getNews()), this.cloud);
    const response = new proto.DiffResponse();
    response.setChanges(
      changes.length > 0 ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE,
    );
    response.setDeletebeforereplace(deleteBeforeReplace);
    response.setHasdetaileddiff(true);
    response.setDiffsList([...new Set(changes.map(({ path }) => path.split(/[.[]/)[0] ?? path))]);
    response.setReplacesList([
      ...new Set(changes.filter(({ replace }) => replace).map(({ path }) => path.split(/[.[]/)[0] ?? path)),
    ]);
    for (const { path, replace } of changes) {
      const kindOfDiff = replace ? proto.PropertyDiff.Kind.UPDATE_REPLACE : proto.PropertyDiff.Kind.UPDATE;
      response.getDetaileddiffMap().set(path, new proto.PropertyDiff().setKind(kindOfDiff).setInputdiff(true));
    }
    return response;
  }

  async #create(request: proto.CreateRequest, peer: string): Promise<proto.CreateResponse> {
    const kind = this.#need(request.getUrn());
    const inputs = toBag(request.getProperties());
    const response = new proto.CreateResponse();
    if (request.getPreview() || this.cloud.mode === "paper") {
      return response.setId(UNKNOWN).setProperties(toStruct(withTagsAll(kind.type, inputs, this.#configuration(peer))));
    }
    const naming = namingFor(request.getUrn(), inputs, new Uint8Array());
    const outcome = await this.#reportingInitFailures(inputs, () =>
      this.#lifecycle.create(kind, this.#request(request.getUrn(), inputs, request.getTimeout()), naming),
    );
    return response
      .setId(outcome.id)
      .setProperties(toStruct(withTagsAll(kind.type, outcome.outputs, this.#configuration(peer))));
  }

  async #read(request: proto.ReadRequest): Promise<proto.ReadResponse> {
    const kind = this.#need(request.getUrn());
    const response = new proto.ReadResponse();
    if (kind.stateless)
      return response.setId(request.getId()).setProperties(request.getProperties()).setInputs(request.getInputs());
    const stored = this.#lifecycle.acknowledge(kind.type, request.getId(), request.getUrn());
    const outputs = stored && (kind.read ? await kind.read(stored, this.cloud) : stored.outputs);
    if (!stored || !outputs) return response; // no id: the engine takes it as deleted
    return response
      .setId(stored.id)
      .setProperties(toStruct({ ...stored.inputs, ...outputs }))
      .setInputs(toStruct(stored.inputs));
  }

  async #update(request: proto.UpdateRequest, peer: string): Promise<proto.UpdateResponse> {
    const kind = this.#need(request.getUrn());
    const inputs = toBag(request.getNews());
    const priorOutputs = toBag(request.getOlds());
    const priorInputs = toBag(request.hasOldInputs() ? request.getOldInputs() : request.getOlds());
    const response = new proto.UpdateResponse();
    const outputs =
      request.getPreview() || this.cloud.mode === "paper"
        ? { ...priorOutputs, ...inputs }
        : await this.#reportingInitFailures(inputs, () =>
            this.#lifecycle.update(
              kind,
              request.getId(),
              this.#request(request.getUrn(), inputs, request.getTimeout()),
              priorInputs,
              priorOutputs,
            ),
          );
    return response.setProperties(toStruct(withTagsAll(kind.type, outputs, this.#configuration(peer))));
  }

  async #delete(request: proto.DeleteRequest): Promise<Empty> {
    const kind = this.#need(request.getUrn());
    await this.#lifecycle.delete(kind, request.getId(), this.#request(request.getUrn(), {}, request.getTimeout()));
    return new Empty();
  }

  #request(urn: string, inputs: Bag, timeoutSeconds: number): Request {
    return {
      urn,
      name: parseUrn(urn).name,
      inputs,
      signal: AbortSignal.timeout((timeoutSeconds > 0 ? timeoutSeconds : defaultTimeoutSeconds) * 1000),
      status: (message) => this.#engine.status(urn, message),
    };
  }

  async #reportingInitFailures<T>(inputs: Bag, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof InitFailure) throw toInitFailure(error.id, error.unready, inputs);
      throw error;
    }
  }

  #configuration(peer: string): Bag {
    return this.#configurations.get(peer) ?? this.#latestConfiguration;
  }

  #kindOf(urn: string): Kind | undefined {
    return this.contents.kinds.get(parseUrn(urn).type);
  }

  #need(urn: string): Kind {
    const kind = this.#kindOf(urn);
    if (!kind) throw new Error(`${parseUrn(urn).type} is not modelled by the local cloud`);
    return kind;
  }

  #unary<Q, R>(verb: string, handle: (request: Q, peer: string) => Promise<R> | R): UntypedHandleCall {
    return (call: ServerUnaryCall<Q, R>, callback: Callback<R>) => {
      const what = () => `${verb}${hasUrn(call.request) ? ` ${call.request.getUrn()}` : ""}`;
      void (async () => {
        try {
          callback(null, await handle(call.request, call.getPeer()));
        } catch (error) {
          if (isServiceError(error)) return callback(error, null);
          this.cloud.log.warn(`${what()}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
          callback(toServiceError(error, what()), null);
        }
      })();
    };
  }
}

function hasUrn(request: unknown): request is { getUrn(): string } {
  return typeof request === "object" && request !== null && "getUrn" in request;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "metadata" in error && "code" in error && typeof error.code === "number";
}
