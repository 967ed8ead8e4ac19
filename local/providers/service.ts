import { type ServerUnaryCall, type ServiceError, type UntypedHandleCall } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { LocalCloud } from "../cloud/cloud";
import { Refusal, UNKNOWN, type Bag, type Invoke, type Kind } from "../contract";
import { check } from "./check";
import { withTagsAll } from "./default-tags";
import { diff } from "./diff";
import { EngineLog } from "./engine-log";
import { InitFailure, Lifecycle, type Request } from "./lifecycle";
import { namingFor } from "./naming";
import { redact } from "./redact";
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

/** Who asks: the connection, and whether it still waits for the answer. */
interface Caller {
  readonly peer: string;
  readonly signal: AbortSignal;
}

type Callback<R> = (error: ServiceError | null, response: R | null) => void;

/** Pulumi's ResourceProvider protocol for one package, over the kinds of the local cloud. */
export class ProviderService {
  readonly #engine = new EngineLog();
  readonly #lifecycle: Lifecycle;
  /** Each provider instance of the program has a connection of its own; its configuration is found by the connection's peer. */
  readonly #configurations = new Map<string, Bag>();
  #latestConfiguration: Bag = {};
  /** Ends what is under way when the engine cancels its update. */
  readonly #underWay = new Set<AbortController>();

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
      configure: this.#unary("configure", (request: proto.ConfigureRequest, { peer }) => {
        this.#latestConfiguration = toBag(request.getArgs());
        this.#configurations.set(peer, this.#latestConfiguration);
        return new proto.ConfigureResponse().setSupportspreview(true).setAcceptsecrets(false);
      }),
      invoke: this.#unary("answer a data source", (request: proto.InvokeRequest) => this.#invoke(request)),
      check: this.#unary("check", (request: proto.CheckRequest) => this.#check(request)),
      diff: this.#unary("compare", (request: proto.DiffRequest, { peer }) => this.#diff(request, peer)),
      create: this.#unary("create", (request: proto.CreateRequest, call) => this.#create(request, call)),
      read: this.#unary("read", (request: proto.ReadRequest, call) => this.#read(request, call)),
      update: this.#unary("update", (request: proto.UpdateRequest, call) => this.#update(request, call)),
      delete: this.#unary("delete", (request: proto.DeleteRequest, call) => this.#delete(request, call)),
      cancel: this.#unary("cancel", () => {
        for (const controller of this.#underWay) controller.abort(new Error("the update was cancelled"));
        return new Empty();
      }),
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

  #diff(request: proto.DiffRequest, peer: string): proto.DiffResponse {
    const kind = this.#need(request.getUrn());
    if (!kind.stateless && this.cloud.mode === "run")
      this.#lifecycle.acknowledge(kind.type, request.getId(), request.getUrn());
    const olds = toBag(request.hasOldInputs() ? request.getOldInputs() : request.getOlds());
    const news = toBag(request.getNews());
    const { changes, deleteBeforeReplace } = diff(kind, olds, news, this.cloud, this.#configuration(peer));
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

  async #create(request: proto.CreateRequest, { peer, signal }: Caller): Promise<proto.CreateResponse> {
    const kind = this.#need(request.getUrn());
    const inputs = toBag(request.getProperties());
    const response = new proto.CreateResponse();
    if (request.getPreview() || this.cloud.mode === "paper") {
      return response.setId(UNKNOWN).setProperties(toStruct(withTagsAll(kind.type, inputs, this.#configuration(peer))));
    }
    const naming = namingFor(request.getUrn(), inputs, new Uint8Array());
    const outcome = await this.#reportingInitFailures(inputs, () =>
      this.#lifecycle.create(kind, this.#request(request.getUrn(), inputs, request.getTimeout(), signal), naming),
    );
    return response
      .setId(outcome.id)
      .setProperties(toStruct(withTagsAll(kind.type, outcome.outputs, this.#configuration(peer))));
  }

  async #read(request: proto.ReadRequest, { peer }: Caller): Promise<proto.ReadResponse> {
    const kind = this.#need(request.getUrn());
    const response = new proto.ReadResponse();
    if (kind.stateless)
      return response.setId(request.getId()).setProperties(request.getProperties()).setInputs(request.getInputs());
    const stored = this.#lifecycle.acknowledge(kind.type, request.getId(), request.getUrn());
    const outputs = stored && (kind.read ? await kind.read(stored, this.cloud) : stored.outputs);
    if (!stored || !outputs) return response; // no id: the engine takes it as deleted
    return response
      .setId(stored.id)
      .setProperties(toStruct(withTagsAll(kind.type, { ...stored.inputs, ...outputs }, this.#configuration(peer))))
      .setInputs(toStruct(stored.inputs));
  }

  async #update(request: proto.UpdateRequest, { peer, signal }: Caller): Promise<proto.UpdateResponse> {
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
              this.#request(request.getUrn(), inputs, request.getTimeout(), signal),
              priorInputs,
              priorOutputs,
            ),
          );
    return response.setProperties(toStruct(withTagsAll(kind.type, outputs, this.#configuration(peer))));
  }

  async #delete(request: proto.DeleteRequest, { signal }: Caller): Promise<Empty> {
    const kind = this.#need(request.getUrn());
    await this.#lifecycle.delete(
      kind,
      request.getId(),
      this.#request(request.getUrn(), {}, request.getTimeout(), signal),
    );
    return new Empty();
  }

  #request(urn: string, inputs: Bag, timeoutSeconds: number, cancelled: AbortSignal): Request {
    const timeout = AbortSignal.timeout((timeoutSeconds > 0 ? timeoutSeconds : defaultTimeoutSeconds) * 1000);
    return {
      urn,
      name: parseUrn(urn).name,
      inputs,
      signal: AbortSignal.any([timeout, cancelled]),
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

  #unary<Q, R>(verb: string, handle: (request: Q, caller: Caller) => Promise<R> | R): UntypedHandleCall {
    return (call: ServerUnaryCall<Q, R>, callback: Callback<R>) => {
      const what = () => `${verb}${hasUrn(call.request) ? ` ${call.request.getUrn()}` : ""}`;
      const controller = new AbortController();
      this.#underWay.add(controller);
      // An engine that was killed hangs up; what it asked for must not go on beside what the next one asks for.
      call.on("cancelled", () => controller.abort(new Error("the engine has gone away")));
      void (async () => {
        try {
          callback(null, await handle(call.request, { peer: call.getPeer(), signal: controller.signal }));
        } catch (error) {
          if (isServiceError(error)) return callback(error, null);
          this.#report(error, what(), inputsOf(call.request));
          callback(toServiceError(error, what(), inputsOf(call.request)), null);
        } finally {
          this.#underWay.delete(controller);
        }
      })();
    };
  }

  #report(error: unknown, what: string, inputs: Bag): void {
    if (error instanceof Refusal) return this.cloud.log.info(redact(`refused to ${what}: ${error.message}`, inputs));
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.cloud.log.warn(redact(`${what}: ${text}`, inputs));
  }
}

/** The inputs a call carries, for what must not be quoted from them. */
function inputsOf(request: unknown): Bag {
  if (request instanceof proto.CreateRequest) return toBag(request.getProperties());
  if (request instanceof proto.UpdateRequest) return toBag(request.getNews());
  if (request instanceof proto.CheckRequest) return toBag(request.getNews());
  return {};
}

function hasUrn(request: unknown): request is { getUrn(): string } {
  return typeof request === "object" && request !== null && "getUrn" in request;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "metadata" in error && "code" in error && typeof error.code === "number";
}
