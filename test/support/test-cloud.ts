import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { AddressBook } from "../../local/cloud/address-book";
import { CertificateAuthority } from "../../local/cloud/certificate-authority";
import { Records } from "../../local/cloud/records";
import type { Cloud, Mode, Resource } from "../../local/contract";
import { processIdentity } from "../../local/processes/process-identity";
import { Supervisor } from "../../local/processes/supervisor";

const ownerSchema = z.object({ pid: z.number().int(), identity: z.string() });

/** A real cloud in a directory of its own, without the engine and the gRPC server. */
export class TestCloud implements Cloud {
  readonly region = "eu-central-1";
  readonly accountId = "000000000000";
  readonly partition = "aws";
  readonly messages: string[] = [];
  readonly log = {
    info: (message: string) => void this.messages.push(message),
    warn: (message: string) => void this.messages.push(message),
  };
  readonly held = new Map<string, Resource>();

  private constructor(
    readonly root: string,
    readonly mode: Mode,
    readonly records: Records,
    readonly addresses: AddressBook,
    readonly authority: CertificateAuthority,
    readonly processes: Supervisor,
    private readonly claim: NetworkClaim,
  ) {}

  static async open(options: { mode?: Mode } = {}): Promise<TestCloud> {
    const root = mkdtempSync(join(tmpdir(), "plinth-test-"));
    chmodSync(root, 0o711);
    return TestCloud.#assemble(root, options.mode ?? "run", claimNetwork());
  }

  /** The next cloud on the same directory and network, as after the death of this one; this one must not be used any more. */
  async reopen(): Promise<TestCloud> {
    const next = await TestCloud.#assemble(this.root, this.mode, this.claim);
    for (const [key, resource] of this.held) next.held.set(key, resource);
    await next.processes.endLeftovers();
    return next;
  }

  static async #assemble(root: string, mode: Mode, claim: NetworkClaim): Promise<TestCloud> {
    const records = new Records(join(root, "records"));
    const authority = await CertificateAuthority.open(join(root, "authority"), "Plinth test authority");
    const addresses = new AddressBook(records, claim.network);
    return new TestCloud(root, mode, records, addresses, authority, new Supervisor(records), claim);
  }

  resources(type?: string): Resource[] {
    return [...this.held.values()].filter((resource) => type === undefined || resource.type === type);
  }

  resource(type: string, id: string): Resource | undefined {
    return this.held.get(resourceKey(type, id));
  }

  hold(resource: Resource): Resource {
    this.held.set(resourceKey(resource.type, resource.id), resource);
    return resource;
  }

  forget(type: string, id: string): void {
    this.held.delete(resourceKey(type, id));
  }

  /** Stops every process this cloud started and removes its directory. */
  async close(): Promise<void> {
    await this.processes.close(5_000);
    rmSync(this.root, { recursive: true, force: true });
    this.claim.release();
  }
}

function resourceKey(type: string, id: string): string {
  return `${type}::${id}`;
}

interface NetworkClaim {
  readonly network: string;
  release(): void;
}

/** A loopback network 127.N for this test alone: ours while the lock directory under /tmp names a live process. */
function claimNetwork(): NetworkClaim {
  const busy = networksListening();
  const first = Math.floor(Math.random() * 221);
  for (let step = 0; step < 221; step += 1) {
    const second = 30 + ((first + step) % 221);
    const lock = join(tmpdir(), `plinth-test-network-${second}`);
    if (busy.has(second) || !lockFor(lock)) continue;
    return { network: `127.${second}`, release: () => rmSync(lock, { recursive: true, force: true }) };
  }
  throw new Error("no loopback network from 127.30 to 127.250 is free");
}

function lockFor(lock: string): boolean {
  const draft = mkdtempSync(`${lock}.draft-`);
  writeFileSync(join(draft, "owner"), JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) }));
  try {
    if (existsSync(lock) && !ownerLives(lock)) rmSync(lock, { recursive: true, force: true });
    renameSync(draft, lock); // onto a directory that is not empty: refused by the kernel, so the first one wins
    return true;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (
      typeof error === "object" &&
      error !== null &&
      "code" in error &&
      (error.code === "ENOTEMPTY" || error.code === "EEXIST")
    )
      return false;
    throw error;
  }
}

function ownerLives(lock: string): boolean {
  const owner = ownerSchema.parse(JSON.parse(readFileSync(join(lock, "owner"), "utf8")));
  return processIdentity(owner.pid) === owner.identity;
}

/** Second octets of the 127.N networks somebody listens in (proc(5): local_address is little-endian hex, state 0A is LISTEN). */
function networksListening(): Set<number> {
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  const listening = rows.map((row) => row.trim().split(/\s+/)).filter((fields) => fields[3] === "0A");
  return new Set(listening.map((fields) => Number.parseInt((fields[1] ?? "").slice(4, 6), 16)));
}
