/** A user as `ACL SETUSER` takes it: its name and everything after it. Passwords are SHA-256 digests. */
export interface AclUser {
  readonly name: string;
  readonly rules: readonly string[];
}

export interface RedisConfig {
  /** First its own address, then the endpoints it serves at the moment. */
  readonly bind: readonly string[];
  readonly port: number;
  readonly directory: string;
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string; readonly caFile: string };
  readonly replicaOf?: { readonly address: string; readonly port: number };
  /** Who replicas and the local cloud itself log in as. */
  readonly internal: { readonly user: string; readonly password: string };
  readonly users: readonly AclUser[];
  /** `redis.conf` names and values of the parameter group and the node type. */
  readonly directives: Readonly<Record<string, string>>;
  /** False for the first start on a snapshot: with a journal configured, Redis 7 does not look at the snapshot. */
  readonly journal: boolean;
}

/** `redis.conf` of one node. Holds the internal password: write it with mode 0600. */
export function renderRedisConfig(config: RedisConfig): string {
  const [address = ""] = config.bind;
  const lines = [
    `bind ${config.bind.join(" ")}`,
    // Outgoing replication connections come from the node's own address, so that the primary lists it by that.
    `bind-source-addr ${address}`,
    `replica-announce-ip ${address}`,
    ...(config.tls ? tlsLines(config.tls, config.port) : [`port ${config.port}`]),
    "daemonize no",
    `logfile ""`,
    `dir ${quote(config.directory)}`,
    "dbfilename dump.rdb",
    // A restarted local cloud must find the data again: every write is in the journal before its client hears of it.
    `appendonly ${config.journal ? "yes" : "no"}`,
    "appendfsync everysec",
    `save ""`,
    "repl-diskless-sync-delay 0",
    "shutdown-timeout 2",
    // A replica that is writing its first journal would otherwise refuse to end; it gets the data again from its primary.
    "shutdown-on-sigterm force",
    `masteruser ${config.internal.user}`,
    `masterauth ${config.internal.password}`,
    ...Object.entries(config.directives)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name} ${name === "client-output-buffer-limit" ? value : quote(value)}`),
    ...config.users.map(({ name, rules }) => `user ${name} ${rules.join(" ")}`),
    ...(config.replicaOf ? [`replicaof ${config.replicaOf.address} ${config.replicaOf.port}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function tlsLines(tls: NonNullable<RedisConfig["tls"]>, port: number): string[] {
  return [
    "port 0",
    `tls-port ${port}`,
    `tls-cert-file ${quote(tls.certificateFile)}`,
    `tls-key-file ${quote(tls.keyFile)}`,
    `tls-ca-cert-file ${quote(tls.caFile)}`,
    "tls-auth-clients no",
    "tls-replication yes",
    // What ElastiCache offers since engine version 7.
    `tls-protocols "TLSv1.2 TLSv1.3"`,
  ];
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
