import { z } from "zod";
import type { Bag, Cloud, Kind, Log, Mode, Resource } from "../contract";
import type { AddressBook } from "./address-book";
import type { CertificateAuthority } from "./certificate-authority";
import type { Records } from "./records";
import { Turns } from "./turns";
import type { Supervisor } from "../processes/supervisor";

/** Resource plus what only the journal needs: whether the engine has shown that it knows the resource exists. */
export interface StoredResource extends Resource {
  readonly acknowledged: boolean;
}

const bag = z.record(z.string(), z.unknown()) as unknown as z.ZodType<Bag>;

const storedSchema: z.ZodType<StoredResource> = z.object({
  type: z.string(),
  id: z.string(),
  urn: z.string(),
  phase: z.enum(["creating", "ready", "failed", "deleting"]),
  inputs: bag,
  outputs: bag,
  createdAt: z.string(),
  acknowledged: z.boolean(),
});

const collection = "resources";
const keyOf = (type: string, id: string) => `${type}|${id}`;

export interface CloudParts {
  readonly mode: Mode;
  readonly root: string;
  readonly region: string;
  readonly records: Records;
  readonly addresses: AddressBook;
  readonly authority: CertificateAuthority;
  readonly processes: Supervisor;
  readonly log: Log;
}

/** One simulated AWS account and Kubernetes cluster: everything it holds, in memory and on disk. */
export class LocalCloud implements Cloud {
  readonly mode: Mode;
  readonly root: string;
  readonly region: string;
  /** The account number AWS uses in its own documentation examples. */
  readonly accountId = "123456789012";
  readonly partition = "aws";
  readonly records: Records;
  readonly addresses: AddressBook;
  readonly authority: CertificateAuthority;
  readonly processes: Supervisor;
  readonly log: Log;
  /** One operation at a time on what a URN names: a killed update may still be at work here when the next one begins. */
  readonly turns = new Turns();
  readonly #resources = new Map<string, StoredResource>();

  constructor(parts: CloudParts) {
    this.mode = parts.mode;
    this.root = parts.root;
    this.region = parts.region;
    this.records = parts.records;
    this.addresses = parts.addresses;
    this.authority = parts.authority;
    this.processes = parts.processes;
    this.log = parts.log;
    for (const stored of this.records.list(collection, storedSchema)) {
      this.#resources.set(keyOf(stored.type, stored.id), stored);
    }
  }

  resources(type?: string): StoredResource[] {
    const all = [...this.#resources.values()];
    return type === undefined ? all : all.filter((resource) => resource.type === type);
  }

  resource(type: string, id: string): StoredResource | undefined {
    return this.#resources.get(keyOf(type, id));
  }

  put(resource: StoredResource): void {
    this.#resources.set(keyOf(resource.type, resource.id), resource);
    this.records.put(collection, keyOf(resource.type, resource.id), resource);
  }

  remove(type: string, id: string): void {
    this.#resources.delete(keyOf(type, id));
    this.records.delete(collection, keyOf(type, id));
  }

  /** Brings back what should run, lowest `bootOrder` first. A resource that cannot come back is reported and does not keep the others down. */
  async resume(kinds: ReadonlyMap<string, Kind>): Promise<void> {
    const steps = this.resources()
      .filter(({ phase, acknowledged }) => phase === "ready" || (phase === "failed" && acknowledged))
      .flatMap((resource) => {
        const kind = kinds.get(resource.type);
        return kind?.resume ? [{ resource, kind, order: kind.bootOrder ?? 50 }] : [];
      });
    const orders = [...new Set(steps.map(({ order }) => order))].sort((a, b) => a - b);
    for (const order of orders) {
      await Promise.all(
        steps
          .filter((step) => step.order === order)
          .map(async ({ resource, kind }) => {
            try {
              await kind.resume?.(resource, this);
            } catch (error) {
              this.put({ ...resource, phase: "failed" });
              this.log.warn(
                `${resource.type} ${resource.id} did not come back: ${error instanceof Error ? error.message : String(error)}`,
              );
            }
          }),
      );
    }
  }
}
