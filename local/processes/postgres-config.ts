import { renderSettings } from "./postgres-settings";

/** What one server is told besides its tenant's parameters. */
export interface NodeRole {
  readonly listenAddresses: readonly string[];
  readonly port: number;
  readonly socketDirectory: string;
  readonly hbaFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  /** Directory of scripts that pgextwlist runs around CREATE EXTENSION. */
  readonly extensionScripts: string;
  /** Application name of the standby every commit waits for; empty: commits wait for nobody. */
  readonly synchronousStandby: string;
  /** Where a standby streams from; undefined: it is a primary, or about to be promoted. */
  readonly upstream?: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly passwordFile: string;
    readonly name: string;
    readonly slot?: string;
  };
}

/** The role that replicas and standbys stream as. */
export const replicationUser = "rdsrepladmin";

/**
 * Segments kept for a replica that has no slot yet on a freshly promoted primary, and the most a slot may hold back: enough for the
 * seconds a restart takes, bounded so that a lost replica cannot fill the disk.
 */
const keptWal = { wal_keep_size: "256MB", max_slot_wal_keep_size: "1GB" };

/** `postgresql.conf`: the tenant's parameters under what the cloud decides itself. */
export function renderPostgresConf(parameters: Readonly<Record<string, string>>, role: NodeRole): string {
  return renderSettings({ ...keptWal, ...parameters, ...forced(role) });
}

function forced(role: NodeRole): Record<string, string> {
  return {
    listen_addresses: role.listenAddresses.join(","),
    port: String(role.port),
    unix_socket_directories: role.socketDirectory,
    hba_file: role.hbaFile,
    ssl: "on",
    ssl_cert_file: role.certificateFile,
    ssl_key_file: role.keyFile,
    ssl_ca_file: role.caFile,
    hot_standby: "on",
    log_timezone: "UTC",
    synchronous_standby_names: role.synchronousStandby,
    recovery_target_timeline: "latest",
    primary_conninfo: role.upstream ? conninfo(role.upstream) : "",
    primary_slot_name: role.upstream?.slot ?? "",
    // A standby asks again this often when its source is away; the default of 5 s would be seen as lag after each failover.
    wal_retrieve_retry_interval: "200ms",
    // What a standby has replayed is reported this often while nothing new arrives; the default of 10 s looks like lag.
    wal_receiver_status_interval: "1s",
    // Half-open connections to a dead source are noticed in seconds.
    wal_receiver_timeout: "10s",
    logging_collector: "off",
    log_destination: "stderr",
    log_line_prefix: "%m [%p] %q%u@%d ",
    "extwlist.custom_path": role.extensionScripts,
    "cron.host": role.socketDirectory,
    "cron.use_background_workers": "on",
  };
}

function conninfo(upstream: NonNullable<NodeRole["upstream"]>): string {
  const { host, port, user, passwordFile, name } = upstream;
  return (
    `host=${host} port=${port} user=${user} passfile=${passwordFile} application_name=${name} ` +
    "sslmode=require connect_timeout=3 keepalives_idle=5 keepalives_interval=2 keepalives_count=3"
  );
}

export interface Access {
  readonly forceSsl: boolean;
  /** `scram-sha-256`, or `md5` which lets both kinds of verifiers in. */
  readonly passwordMethod: "scram-sha-256" | "md5";
}

/** `pg_hba.conf`: first match wins. */
export function renderHba(access: Access): string {
  const rows = [
    "local all rdsadmin trust",
    "local replication rdsadmin trust",
    "local all all reject",
    "host all rdsadmin all reject",
    // Replicas run on this machine; the kernel gives their connections the source address 127.0.0.1.
    `hostssl replication ${replicationUser} 127.0.0.0/8 scram-sha-256`,
    "host replication all all reject",
    `host all ${replicationUser} all reject`,
    // Roles with rds_iam log in with IAM tokens and never with a password; the local cloud has no IAM to check tokens against.
    "host all +rds_iam all reject",
    ...(access.forceSsl ? ["hostnossl all all all reject"] : []),
    `host all all all ${access.passwordMethod}`,
  ];
  return `${rows.join("\n")}\n`;
}
