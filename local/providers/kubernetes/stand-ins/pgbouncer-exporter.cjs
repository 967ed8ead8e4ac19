// Runs Debian's prometheus-pgbouncer-exporter with the settings given to the prometheus-community exporter of the same purpose.
const { spawn } = require("node:child_process");

const options = new Map();
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i += 1) {
  const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(args[i]) ?? [];
  if (name !== undefined) options.set(name, value ?? args[(i += 1)]);
}
const connection = new URL(
  options.get("pgBouncer.connectionString") ??
    process.env.PGBOUNCER_EXPORTER_CONNECTION_STRING ??
    "postgres://postgres:@localhost:6543/pgbouncer?sslmode=disable",
);
const listen = options.get("web.listen-address") ?? ":9127";
const host = listen.slice(0, listen.lastIndexOf(":")).replace(/^\[|\]$/g, "");
const sslMode = connection.searchParams.get("sslmode");
const rootCertificate = connection.searchParams.get("sslrootcert");
const exporter = spawn(
  "/usr/bin/prometheus-pgbouncer-exporter",
  [
    ...["--host", host === "" ? "0.0.0.0" : host, "--port", listen.slice(listen.lastIndexOf(":") + 1)],
    ...["--pgbouncer-host", connection.hostname, "--pgbouncer-port", connection.port || "6432"],
    ...["--pgbouncer-user", decodeURIComponent(connection.username)],
    ...["--licence-location", "/usr/share/doc/prometheus-pgbouncer-exporter/copyright"],
  ],
  {
    stdio: "inherit",
    env: {
      PATH: process.env.PATH,
      PGPASSWORD: decodeURIComponent(connection.password),
      ...(sslMode ? { PGSSLMODE: sslMode } : {}),
      ...(rootCertificate ? { PGSSLROOTCERT: rootCertificate } : {}),
    },
  },
);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => exporter.kill(signal));
exporter.on("exit", (code, signal) => process.exit(signal ? 143 : (code ?? 1)));
