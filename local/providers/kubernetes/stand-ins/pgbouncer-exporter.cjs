// Stands for the prometheus-community exporter of PgBouncer: same options, same metric names, figures asked of the real PgBouncer through psql.
// (Debian's exporter of that purpose knows PgBouncer up to 1.7 only.)
const { execFile } = require("node:child_process");
const { createServer } = require("node:http");

const microseconds = 1e-6;
/** Tables of the admin console: column → metric, and which columns are labels. */
const tables = {
  pools: {
    prefix: "pgbouncer_pools_",
    labels: ["database", "user"],
    columns: {
      cl_active: ["client_active_connections"],
      cl_waiting: ["client_waiting_connections"],
      sv_active: ["server_active_connections"],
      sv_idle: ["server_idle_connections"],
      sv_used: ["server_used_connections"],
      sv_tested: ["server_testing_connections"],
      sv_login: ["server_login_connections"],
      maxwait: ["client_maxwait_seconds"],
    },
  },
  databases: {
    prefix: "pgbouncer_databases_",
    labels: ["name", "host", "port", "database", "force_user", "pool_mode"],
    columns: {
      pool_size: ["pool_size"],
      reserve_pool: ["reserve_pool"],
      max_connections: ["max_connections"],
      current_connections: ["current_connections"],
      paused: ["paused"],
      disabled: ["disabled"],
    },
  },
  stats: {
    prefix: "pgbouncer_stats_",
    labels: ["database"],
    columns: {
      total_query_count: ["queries_pooled_total"],
      total_query_time: ["queries_duration_seconds_total", microseconds],
      total_received: ["received_bytes_total"],
      total_sent: ["sent_bytes_total"],
      total_wait_time: ["client_wait_seconds_total", microseconds],
      total_xact_count: ["sql_transactions_pooled_total"],
      total_xact_time: ["server_in_transaction_seconds_total", microseconds],
    },
  },
};
/** Rows of SHOW LISTS and SHOW CONFIG that are metrics. */
const lists = {
  databases: "pgbouncer_databases",
  users: "pgbouncer_users",
  pools: "pgbouncer_pools",
  free_clients: "pgbouncer_free_clients",
  used_clients: "pgbouncer_used_clients",
  login_clients: "pgbouncer_login_clients",
  free_servers: "pgbouncer_free_servers",
  used_servers: "pgbouncer_used_servers",
  dns_names: "pgbouncer_cached_dns_names",
  dns_zones: "pgbouncer_cached_dns_zones",
  dns_queries: "pgbouncer_in_flight_dns_queries",
};
const config = {
  max_client_conn: "pgbouncer_config_max_client_connections",
  max_user_connections: "pgbouncer_config_max_user_connections",
};

const options = new Map();
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i += 1) {
  const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(args[i]) ?? [];
  if (name !== undefined) options.set(name, value ?? args[(i += 1)]);
}
const connection =
  options.get("pgBouncer.connectionString") ??
  process.env.PGBOUNCER_EXPORTER_CONNECTION_STRING ??
  "postgres://postgres:@localhost:6543/pgbouncer?sslmode=disable";
const listen = options.get("web.listen-address") ?? ":9127";
const path = options.get("web.telemetry-path") ?? "/metrics";

/** Rows of one SHOW command. The password travels by environment: a command line is public. */
function show(what) {
  const url = new URL(connection);
  const password = decodeURIComponent(url.password);
  url.password = "";
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, PGPASSWORD: password, PGCONNECT_TIMEOUT: "5" };
    execFile(
      "psql",
      ["-X", "-A", "-F", "\t", "-P", "footer=off", url.href, "-c", `show ${what}`],
      { env },
      (error, stdout) => {
        if (error)
          return reject(new Error(error.message.replaceAll(connection, "the pooler").split("\n")[1] ?? error.message));
        const [head = "", ...rows] = stdout.trimEnd().split("\n");
        const names = head.split("\t");
        resolve(rows.map((row) => Object.fromEntries(row.split("\t").map((cell, index) => [names[index], cell]))));
      },
    );
  });
}

function sample(name, labels, value) {
  const text = Object.entries(labels)
    .map(([key, cell]) => `${key}=${JSON.stringify(cell ?? "")}`)
    .join(",");
  return [name, `${name}${text === "" ? "" : `{${text}}`} ${value}`];
}

async function samples() {
  const found = [];
  for (const [table, { prefix, labels, columns }] of Object.entries(tables))
    for (const row of await show(table))
      for (const [column, [name, factor = 1]] of Object.entries(columns))
        if (row[column] !== undefined)
          found.push(
            sample(
              prefix + name,
              Object.fromEntries(labels.map((label) => [label, row[label]])),
              Number(row[column]) * factor,
            ),
          );
  for (const { list, items } of await show("lists")) if (lists[list]) found.push(sample(lists[list], {}, items));
  for (const { key, value } of await show("config")) if (config[key]) found.push(sample(config[key], {}, value));
  return found;
}

async function scrape() {
  try {
    return [sample("pgbouncer_up", {}, 1), ...(await samples())];
  } catch (error) {
    console.error(`cannot ask the pooler: ${error.message}`);
    return [sample("pgbouncer_up", {}, 0)];
  }
}

const server = createServer(async (request, response) => {
  if (request.url !== path) return response.end("pgbouncer exporter (stand-in of the local cloud)\n");
  const byName = new Map();
  for (const [name, line] of await scrape()) byName.set(name, [...(byName.get(name) ?? []), line]);
  response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
  const type = (name) => (name.endsWith("_total") ? "counter" : "gauge");
  response.end([...byName].map(([name, lines]) => `# TYPE ${name} ${type(name)}\n${lines.join("\n")}\n`).join(""));
});
const colon = listen.lastIndexOf(":");
const host = listen.slice(0, colon).replace(/^\[|\]$/g, "");
server.listen({ port: Number(listen.slice(colon + 1)), ...(host === "" ? {} : { host }) }, () =>
  console.log(`listening on ${listen}`),
);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
