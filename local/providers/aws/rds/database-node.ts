import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cloud } from "../../../contract";
import { renderHba, renderPostgresConf, replicationUser, type NodeRole } from "../../../processes/postgres-config";
import { internalUser, PostgresNode } from "../../../processes/postgres-node";
import type { PostgresBinaries } from "../../../processes/postgres-binaries";
import type { EffectiveParameters } from "./parameters";

export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly slot: string;
  readonly password: string;
}

export interface NodeSetting {
  readonly parameters: EffectiveParameters;
  /** The settings to write: the parameters, static ones as of the last reboot. */
  readonly settings: Readonly<Record<string, string>>;
  readonly extensionScripts: string;
  /** The instance's address; the node listens there while it is `serving`. */
  readonly endpoint: string;
  readonly serving: boolean;
  readonly synchronousStandby?: string;
  readonly upstream?: Upstream;
}

/** One node of a database instance: how its directory is made and configured. */
export class DatabaseNode extends PostgresNode {
  readonly #cloud: Cloud;

  constructor(cloud: Cloud, key: string, binaries: PostgresBinaries, port: number) {
    super(cloud, key, binaries, join(cloud.root, key), port);
    this.#cloud = cloud;
  }

  /** Its private address: where it can be reached whatever its role. */
  get address(): string {
    return this.#cloud.addresses.of(this.key);
  }

  /** `initdb` with checksums (a standby can be rewound, damage is noticed); syncing is left to the first checkpoint. */
  async initialize(signal?: AbortSignal): Promise<void> {
    await this.clear();
    await this.tool(
      "initdb",
      [
        ...["-D", this.dataDirectory, "-U", internalUser, "--data-checksums", "--no-sync"],
        ...["--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256"],
      ],
      signal,
    );
  }

  /** Copies a running server, as a standby of it. The slot keeps the write-ahead log from the copy's start on. */
  async cloneFrom(source: PostgresNode, slot: string, signal?: AbortSignal): Promise<void> {
    await this.clear();
    this.prepareDirectory(this.dataDirectory, 0o700);
    await this.tool(
      "pg_basebackup",
      [
        ...["-D", this.dataDirectory, "-h", source.socketDirectory, "-p", String(source.port), "-U", internalUser],
        // Unsynced: Postgres syncs a directory that was not shut down properly when it starts, and a copy counts as that.
        ...["-X", "stream", "-S", slot, "-c", "fast", "--no-sync"],
      ],
      signal,
    );
    this.becomeStandby();
    this.markComplete();
  }

  /** Takes back what this node wrote and `source` never had, then follows it. The node must be stopped. */
  async rewindTo(source: PostgresNode, signal?: AbortSignal): Promise<void> {
    this.unmarkComplete(); // killed half-way, it is neither one nor the other
    rmSync(join(this.dataDirectory, "standby.signal"), { force: true });
    // A fresh primary writes its new timeline into pg_control with its first checkpoint, and pg_rewind looks there.
    await source.query("checkpoint");
    const connection = `host=${source.socketDirectory} port=${source.port} user=${internalUser} dbname=postgres`;
    await this.tool(
      "pg_rewind",
      ["-D", this.dataDirectory, `--source-server=${connection}`, `--config-file=${this.configFile}`, "--no-sync"],
      signal,
    );
    this.becomeStandby();
    this.markComplete();
  }

  /** Rewinds where that is possible (it is quicker), copies otherwise. The node must be stopped. */
  async rewindOrCopy(source: PostgresNode, slot: string): Promise<void> {
    try {
      await this.rewindTo(source);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#cloud.log.info(`${this.key} cannot be rewound (${why}), it is copied`);
      await this.cloneFrom(source, slot);
    }
  }

  /** Begins with the files of a snapshot. */
  async restore(snapshotDirectory: string, signal?: AbortSignal): Promise<void> {
    await this.clear();
    await this.run("cp", ["-a", "--reflink=auto", snapshotDirectory, this.dataDirectory], signal);
  }

  get isStandby(): boolean {
    return existsSync(join(this.dataDirectory, "standby.signal"));
  }

  becomeStandby(): void {
    const mark = join(this.dataDirectory, "standby.signal");
    writeFileSync(mark, "");
    this.own(mark);
    // Slots of the time it was a primary, or of its source, would hold write-ahead log for nobody.
    const slots = join(this.dataDirectory, "pg_replslot");
    if (existsSync(slots))
      for (const slot of readdirSync(slots)) rmSync(join(slots, slot), { recursive: true, force: true });
  }

  async configure(setting: NodeSetting): Promise<void> {
    const certificate = join(this.directory, "server.crt");
    const passwordFile = join(this.directory, "replication.pgpass");
    mkdirSync(this.directory, { recursive: true });
    await this.#certify(certificate, setting.endpoint);
    if (setting.upstream)
      this.writeFile(passwordFile, `*:*:*:${replicationUser}:${setting.upstream.password}\n`, 0o600);
    const { forceSsl, passwordMethod } = setting.parameters;
    this.writeFile(this.hbaFile, renderHba({ forceSsl, passwordMethod }), 0o600);
    const role: NodeRole = {
      listenAddresses: [...(setting.serving ? [setting.endpoint] : []), this.address],
      port: this.port,
      socketDirectory: this.socketDirectory,
      hbaFile: this.hbaFile,
      certificateFile: certificate,
      keyFile: join(this.directory, "server.key"),
      caFile: this.#cloud.authority.certificateFile,
      extensionScripts: setting.extensionScripts,
      synchronousStandby: setting.synchronousStandby ?? "",
      upstream: setting.upstream && { ...setting.upstream, user: replicationUser, passwordFile },
    };
    this.writeFile(this.configFile, renderPostgresConf(setting.settings, role), 0o600);
  }

  /**
   * The certificate names the addresses, and `localhost` because node-postgres checks that name when it is given an IP address
   * (it passes no `servername` to `tls.connect` then).
   */
  async #certify(certificate: string, endpoint: string): Promise<void> {
    if (existsSync(certificate)) return;
    const issued = await this.#cloud.authority.issue(endpoint, [endpoint, this.address, "localhost"]);
    this.writeFile(join(this.directory, "server.key"), issued.privateKeyPem, 0o600);
    this.writeFile(certificate, issued.certificatePem, 0o644);
  }
}
