import { join } from "node:path";

export interface CatalogueEntry {
  /** Repository names without registry prefix rules, tag or digest: `docker.io/edoburu/pgbouncer`. */
  readonly repository: RegExp;
  /** What runs when the container names no command. */
  readonly entrypoint?: readonly [string, ...string[]];
  /** Program or path inside the image → what runs in its place here. */
  readonly programs?: Readonly<Record<string, readonly [string, ...string[]]>>;
  /** Said in `describe` and in the log: what runs here is not the real thing. */
  readonly standIn?: string;
}

/** Where the directory `stand-ins/` appears in every container. */
export const standInsTarget = "/opt/plinth-local";
export const standInsSource = join(__dirname, "..", "stand-ins");

const pgbouncerExporter = ["node", `${standInsTarget}/pgbouncer-exporter.cjs`] as const;
const collector = ["node", `${standInsTarget}/metrics-collector.cjs`] as const;
const last = (name: string) => new RegExp(`(^|/)${name}$`);

/** Which program of this machine stands for which image. An image that is not listed runs whatever its `command` names. */
export const imageCatalogue: readonly CatalogueEntry[] = [
  {
    repository: last("pgbouncer(-docker)?"),
    entrypoint: ["pgbouncer", "/etc/pgbouncer/pgbouncer.ini"],
    programs: { "/usr/bin/pgbouncer": ["pgbouncer"], "/opt/bitnami/pgbouncer/bin/pgbouncer": ["pgbouncer"] },
  },
  {
    repository: last("pgbouncer[-_]exporter"),
    entrypoint: pgbouncerExporter,
    programs: { "/bin/pgbouncer_exporter": pgbouncerExporter, pgbouncer_exporter: pgbouncerExporter },
    standIn: "the same figures under the same names, asked of the real PgBouncer through psql",
  },
  {
    repository: last("postgres[-_]exporter"),
    entrypoint: ["prometheus-postgres-exporter"],
    programs: {
      "/bin/postgres_exporter": ["prometheus-postgres-exporter"],
      postgres_exporter: ["prometheus-postgres-exporter"],
    },
  },
  {
    repository: last("redis[-_]exporter"),
    entrypoint: ["prometheus-redis-exporter"],
    programs: { "/redis_exporter": ["prometheus-redis-exporter"], redis_exporter: ["prometheus-redis-exporter"] },
  },
  {
    repository: last("aws-otel-collector|opentelemetry-collector(-contrib)?|cloudwatch-agent"),
    entrypoint: collector,
    programs: { "/awscollector": collector, "/otelcol-contrib": collector, "/otelcol": collector },
    standIn: "collects nothing: metrics of the local cloud are read from its processes by the local cloud itself",
  },
  {
    repository: last("python"),
    programs: { python: ["python3"], "/usr/local/bin/python": ["python3"], "/usr/local/bin/python3": ["python3"] },
  },
  {
    repository: last("(node|nodejs-?[0-9]*|bun)"),
    programs: { "/usr/local/bin/node": ["node"], "/nodejs/bin/node": ["node"] },
  },
];

/** Which Debian package brings a program, for the message when it is missing. */
export const debianPackages: Readonly<Record<string, string>> = {
  curl: "curl",
  haproxy: "haproxy",
  nc: "netcat-openbsd",
  pgbouncer: "pgbouncer",
  "prometheus-postgres-exporter": "prometheus-postgres-exporter",
  "prometheus-redis-exporter": "prometheus-redis-exporter",
  psql: "postgresql-client",
  python3: "python3",
  "redis-cli": "redis-tools",
  socat: "socat",
  wget: "wget",
};
