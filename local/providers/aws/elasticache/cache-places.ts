import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Cloud } from "../../../contract";
import { unprivilegedAccount } from "../../../processes/accounts";
import { writeOwned } from "../../../processes/redis-node";
import { memberId } from "./cache-group-record";

/** Addresses and files of one replication group. */
export class CachePlaces {
  constructor(
    private readonly cloud: Cloud,
    private readonly id: string,
  ) {}

  /** Always leads to the node that takes writes. */
  get primaryEndpoint(): string {
    return this.cloud.addresses.of(`elasticache/${this.id}/primary`);
  }

  /** Leads to a replica, or to the primary while there is none. */
  get readerEndpoint(): string {
    return this.cloud.addresses.of(`elasticache/${this.id}/reader`);
  }

  nodeAddress(node: number): string {
    return this.cloud.addresses.of(`elasticache/${memberId(this.id, node)}`);
  }

  get directory(): string {
    return join(this.cloud.root, "elasticache", this.id);
  }

  nodeDirectory(node: number): string {
    return join(this.directory, memberId(this.id, node));
  }

  logFile(node: number): string {
    return join(this.cloud.root, "logs", "elasticache", `${memberId(this.id, node)}.log`);
  }

  /** One certificate for all nodes, since any of them may serve the endpoints; new addresses get a new one. */
  async certificate(nodes: readonly number[]): Promise<{ certificateFile: string; keyFile: string; caFile: string }> {
    const hosts = [this.primaryEndpoint, this.readerEndpoint, ...nodes.map((node) => this.nodeAddress(node))];
    this.#openDirectory();
    const stem = join(this.directory, `tls-${Math.max(...nodes)}`);
    const files = {
      certificateFile: `${stem}.crt`,
      keyFile: `${stem}.key`,
      caFile: this.cloud.authority.certificateFile,
    };
    if (!existsSync(files.certificateFile)) {
      const issued = await this.cloud.authority.issue(`${this.id}.elasticache.local`, hosts);
      const account = unprivilegedAccount();
      writeOwned(files.keyFile, issued.privateKeyPem, account);
      writeOwned(files.certificateFile, issued.certificatePem, account); // last: it marks the pair as complete
    }
    return files;
  }

  /** The node's data directory, its own to the service account. */
  prepareDirectory(node: number): string {
    this.#openDirectory();
    const directory = this.nodeDirectory(node);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const account = unprivilegedAccount();
    if (process.getuid?.() === 0) chownSync(directory, account.uid, account.gid);
    return directory;
  }

  forgetNode(node: number): void {
    rmSync(this.nodeDirectory(node), { recursive: true, force: true });
    this.cloud.addresses.release(`elasticache/${memberId(this.id, node)}`);
  }

  forget(): void {
    rmSync(this.directory, { recursive: true, force: true });
    this.cloud.addresses.release(`elasticache/${this.id}/primary`);
    this.cloud.addresses.release(`elasticache/${this.id}/reader`);
  }

  /** The service account passes through to its data but may not look around. */
  #openDirectory(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o711 });
    for (const directory of [join(this.cloud.root, "elasticache"), this.directory]) chmodSync(directory, 0o711);
  }
}
