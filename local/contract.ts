import type { z } from "zod";
import type { AddressBook } from "./cloud/address-book";
import type { CertificateAuthority } from "./cloud/certificate-authority";
import type { Records } from "./cloud/records";
import type { Supervisor } from "./processes/supervisor";

/** What the Pulumi engine sends in place of a value that only exists after an earlier resource is created (preview only). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Bag = { [key: string]: Value };

/** One refusal, worded as the real cloud would: which input property (dotted path), and why. */
export interface Problem {
  readonly property: string;
  readonly reason: string;
}

/** `run` starts real processes; `paper` answers previews of stacks that live elsewhere and never starts anything. */
export type Mode = "run" | "paper";

/** Structured logging without secrets: names and identifiers only, never input values. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** Everything a resource kind may touch. One per (checkout, stack). */
export interface Cloud {
  readonly mode: Mode;
  /** State directory (absolute). Enterable by the unprivileged user that runs Postgres and the pods. */
  readonly root: string;
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly records: Records;
  readonly addresses: AddressBook;
  readonly authority: CertificateAuthority;
  readonly processes: Supervisor;
  readonly log: Log;
  /** All resources the cloud holds, for cross-resource rules ("group in use") and look-ups. */
  resources(type?: string): Resource[];
  resource(type: string, id: string): Resource | undefined;
}

/** A resource as the cloud remembers it; written before its creation starts and after every change. */
export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly urn: string;
  readonly phase: "creating" | "ready" | "failed" | "deleting";
  readonly inputs: Bag;
  readonly outputs: Bag;
  readonly createdAt: string;
}

/** What a kind may use to fill in defaults before validation. */
export interface Naming {
  /** The Pulumi name of the resource (last part of its URN). */
  readonly name: string;
  readonly project: string;
  readonly stack: string;
  /** `${name}-${7 hex digits}`, stable for as long as the resource lives: it is taken from the prior inputs where there are some. */
  auto(
    property: string,
    options?: { prefix?: string; maxLength?: number; separator?: string; digits?: number },
  ): string;
  readonly prior?: Bag;
}

export interface Operation {
  readonly cloud: Cloud;
  readonly urn: string;
  readonly name: string;
  readonly id: string;
  readonly inputs: Bag;
  /** Aborted when the engine cancels or the custom timeout of the resource passes. */
  readonly signal: AbortSignal;
  /** Shown by the engine beside the resource while the operation runs. Never put a secret here. */
  status(message: string): void;
}

export interface UpdateOperation extends Operation {
  readonly priorInputs: Bag;
  readonly priorOutputs: Bag;
}

export interface Change {
  /** Dotted input path, e.g. `spec.replicas`. */
  readonly path: string;
  readonly replace: boolean;
}

/**
 * One kind of resource of the local cloud: one file each, under `providers/<package>/`.
 *
 * `create` must finish what an earlier, killed `create` of the same id began: it is called again with the same id when the
 * engine never learnt the outcome. The same holds for `update` and `delete`.
 */
export interface Kind {
  /** Pulumi type token, e.g. `aws:rds/instance:Instance`. */
  readonly type: string;
  /**
   * Strict schema of the modelled input properties (camelCase, as the Pulumi SDK sends them). A property that the schema lacks is refused
   * by name. Issues at a path whose value is UNKNOWN are dropped by the server.
   */
  readonly inputs: z.ZodType;
  /** Defaults the real provider would fill in, automatic names included. Pure. Runs before validation. */
  defaults?(inputs: Bag, naming: Naming): Bag;
  /** Refusals that need more than one property or the rest of the cloud. Must tolerate UNKNOWN values. Runs in preview too. */
  refuse?(inputs: Bag, where: { cloud: Cloud; id?: string; priorInputs?: Bag }): Problem[];
  /** The identifier the new resource will have (an ARN for some kinds). May be random. Throw a `Refusal` when it cannot be. */
  identify(inputs: Bag, naming: Naming, cloud: Cloud): string;
  /** Input properties (top-level or dotted) whose change replaces the resource, as the real provider documents. */
  readonly replaceOn?: readonly string[];
  /** When the real provider deletes first (a fixed name that must be free again). */
  deleteBeforeReplace?(inputs: Bag): boolean;
  /**
   * Adjusts the plain comparison of inputs: drop changes the real provider suppresses, or turn some into replacements. `provider` is the
   * configuration of the provider instance, whose values the engine sends as text.
   */
  diff?(changes: Change[], olds: Bag, news: Bag, cloud: Cloud, provider: Bag): Change[];
  /** Makes it real and returns the outputs (inputs are merged under them by the server). */
  create(operation: Operation): Promise<Bag>;
  update?(operation: UpdateOperation): Promise<Bag>;
  /** Must be idempotent; refuse with a `Refusal` what AWS would refuse (in use, deletion protection …). */
  delete(operation: Operation & { readonly outputs: Bag }): Promise<void>;
  /** Current outputs for `refresh`/import; undefined when it is gone. Default: what the cloud remembers. */
  read?(resource: Resource, cloud: Cloud): Promise<Bag | undefined>;
  /** Brings a `ready` resource back after the local cloud was restarted (start its processes). Order: ascending `bootOrder` (default 50). */
  resume?(resource: Resource, cloud: Cloud): Promise<void>;
  readonly bootOrder?: number;
  /** True for values that only the engine's state holds (random:*): the cloud keeps no record, so ids need not be unique. */
  readonly stateless?: boolean;
  /** One line of live state for `plinth status` ("available, primary 127.1.0.2, standby in sync"). */
  describe?(resource: Resource, cloud: Cloud): Promise<string>;
  /** Things an operator can do to it (reboot, failover); called through the control socket. */
  readonly actions?: Readonly<Record<string, (resource: Resource, cloud: Cloud, args: Bag) => Promise<Bag>>>;
}

/** A data source (`aws:eks/getCluster:getCluster`). */
export interface Invoke {
  readonly token: string;
  readonly args: z.ZodType;
  answer(args: Bag, cloud: Cloud): Promise<Bag> | Bag;
}

/** The local cloud says no, as the real one would: the engine shows `message` and nothing else. */
export class Refusal extends Error {
  constructor(
    /** AWS or Kubernetes error code, e.g. `InvalidDBParameterGroupState`. */
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
    this.name = "Refusal";
  }
}

/** Thrown by `create`/`update` when the resource exists now but did not become healthy (a failed Job): the engine keeps it and reports `reasons`. */
export class Unready extends Error {
  constructor(
    readonly outputs: Bag,
    readonly reasons: readonly string[],
  ) {
    super(reasons.join("; "));
    this.name = "Unready";
  }
}
