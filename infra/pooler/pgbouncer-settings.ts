export type SettingValue = string | number;
export type PgbouncerSettings = Readonly<Record<string, SettingValue>>;

/** Port on which every pooler pod listens; not 5432, so that a mistaken security group shows. */
export const poolerPort = 6432;

/**
 * The epic's figures and what production adds to them. Times are seconds unless the name says otherwise.
 * Four pods × 25 = the epic's pool of 100, × 5 in reserve = its overflow of 20.
 */
export const defaultSettings: PgbouncerSettings = {
  pool_mode: "transaction",
  max_client_conn: 1000,
  default_pool_size: 25,
  min_pool_size: 10,
  reserve_pool_size: 5,
  // The overflow opens after a client has waited for 1 s.
  reserve_pool_timeout: 1,
  server_lifetime: 3600,
  server_idle_timeout: 600,
  query_wait_timeout: 120,
  // A failed-over endpoint is tried again after 1 s instead of 15: this bounds the write outage.
  server_login_retry: 1,
  server_connect_timeout: 5,
  client_login_timeout: 30,
  // RDS moves an endpoint by DNS with a TTL of 5 s (RDS User Guide, "Multi-AZ failover"); never cache it for longer.
  dns_max_ttl: 5,
  dns_nxdomain_ttl: 2,
  tcp_keepalive: 1,
  tcp_keepidle: 10,
  tcp_keepintvl: 5,
  tcp_keepcnt: 3,
  // Milliseconds: a server that vanished without a reset is given up while data is in flight.
  tcp_user_timeout: 10000,
  server_round_robin: 1,
  // A transaction that idles for a minute is a leak; its server connection is closed.
  idle_transaction_timeout: 60,
  // Epic: "validation queries"; checked when a server connection has been idle for this long.
  server_check_query: "select 1",
  server_check_delay: 30,
  server_fast_close: 0,
  application_name_add_host: 1,
  // JDBC always sends it. Not search_path or options: dropping those silently would change what a query means.
  ignore_startup_parameters: "extra_float_digits",
  max_prepared_statements: 200,
  client_tls_protocols: "secure",
  log_connections: 1,
  log_disconnections: 1,
  log_pooler_errors: 1,
  log_stats: 0,
  stats_period: 60,
  verbose: 0,
};

/** Settings that guard authentication and encryption: configuration cannot change them. */
export const forcedSettings: PgbouncerSettings = {
  listen_port: poolerPort,
  // RDS hides pg_shadow even from rds_superuser, so auth_query cannot read verifiers there: a mounted file is the way.
  auth_type: "scram-sha-256",
  auth_file: "/etc/pgbouncer/auth/userlist.txt",
  server_tls_sslmode: "verify-full",
  server_tls_ca_file: "/etc/plinth/ca/ca.pem",
  server_tls_protocols: "secure",
  client_tls_sslmode: "require",
  client_tls_cert_file: "/etc/pgbouncer/tls/tls.crt",
  client_tls_key_file: "/etc/pgbouncer/tls/tls.key",
  admin_users: "",
  stats_users: "plinth_monitor",
  unix_socket_dir: "",
  logfile: "",
  pidfile: "",
};

/** First PgBouncer version that knows a setting (changelog of pgbouncer.org); others are in 1.18 and before. */
export const settingSince: Readonly<Record<string, string>> = {
  max_prepared_statements: "1.21.0",
  peer_id: "1.19.0",
  auth_dbname: "1.19.0",
  track_extra_parameters: "1.20.0",
  cancel_wait_timeout: "1.18.0",
  max_db_client_connections: "1.24.0",
  max_user_client_connections: "1.24.0",
  query_wait_notify: "1.25.0",
  transaction_timeout: "1.25.0",
};

/** Further settings a user may set, without a default of ours. */
const otherSettings = [
  "autodb_idle_timeout",
  "client_idle_timeout",
  "client_tls_ciphers",
  "disable_pqexec",
  "dns_zone_check_period",
  "listen_backlog",
  "max_packet_size",
  "max_user_connections",
  "pkt_buf",
  "query_timeout",
  "sbuf_loopcnt",
  "server_reset_query",
  "server_reset_query_always",
  "server_tls_ciphers",
  "so_reuseport",
  "suspend_timeout",
  "tcp_defer_accept",
  "tcp_socket_buffer",
];

/** Names a user may set under `plinth:pooler.settings`. */
export const userSettings: readonly string[] = [
  ...new Set([...Object.keys(defaultSettings), ...Object.keys(settingSince), ...otherSettings]),
].sort();

/** Defaults ← user; what the pool figures of the budget are read from. Forced settings are added when rendering. */
export function effectiveSettings(user: Readonly<Record<string, string | number | boolean>>): PgbouncerSettings {
  const plain = Object.entries(user).map(
    ([name, value]) => [name, typeof value === "boolean" ? Number(value) : value] as const,
  );
  return { ...defaultSettings, ...Object.fromEntries(plain) };
}

/** Server connections that one pod may hold open; rendered as `max_db_connections`, so it is a promise. */
export function serverConnectionsPerPod(settings: PgbouncerSettings): number {
  return Number(settings["default_pool_size"]) + Number(settings["reserve_pool_size"]);
}

/** Compares versions such as "1.18.0" and "1.21.0" number by number; negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
