import { z } from "zod";
import type { Records } from "./records";

const entrySchema = z.object({ name: z.string(), host: z.number().int() });
const collection = "addresses";

/**
 * Gives every host of one cloud (database node, cache node, Service, pod) an address of its own inside the cloud's loopback network
 * 127.N.0.0/16, so that everything listens on its real port. An address belongs to its name until it is released.
 */
export class AddressBook {
  readonly #hosts = new Map<string, number>();

  constructor(
    private readonly records: Records,
    /** First two octets, e.g. `127.23`. */
    readonly network: string,
  ) {
    for (const { name, host } of records.list(collection, entrySchema)) this.#hosts.set(name, host);
  }

  /** The address of `name`, given now if it has none. Names look like `rds/main`, `service/data/pgbouncer-rw`, `pod/data/x-0`. */
  of(name: string): string {
    const known = this.#hosts.get(name);
    if (known !== undefined) return this.#format(known);
    const taken = new Set(this.#hosts.values());
    let host = 10;
    while (taken.has(host) || host % 256 === 0 || host % 256 === 255) host += 1;
    if (host > 65_000) throw new Error(`no loopback address is left in ${this.network}.0.0/16`);
    this.#hosts.set(name, host);
    this.records.put(collection, name, { name, host });
    return this.#format(host);
  }

  has(name: string): boolean {
    return this.#hosts.has(name);
  }

  release(name: string): void {
    this.#hosts.delete(name);
    this.records.delete(collection, name);
  }

  #format(host: number): string {
    return `${this.network}.${Math.floor(host / 256)}.${host % 256}`;
  }
}
