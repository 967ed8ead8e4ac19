import type { core } from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema";
import { containerSecurity, podIpEnv, podSecurity, secretFileMode } from "../cluster/pod-security";
import { postgresPort } from "../network/ports";
import { databaseUsers } from "../security/database-users";
import { poolerPort, type PgbouncerSettings } from "./pgbouncer-settings";
import { drainCommand, drainSeconds, startCommand } from "./start-command";

/** Port of the figures, beside the pooler. */
export const poolerMetricsPort = 9127;

/** What a pooler pod mounts and runs. */
export interface PoolerPodInput {
  readonly labels: Record<string, string>;
  readonly settings: PgbouncerSettings;
  /** Server that must accept connections for the pod to be ready; undefined when clients are to wait for it in the queue. */
  readonly server: pulumi.Input<string> | undefined;
  readonly resources: Pick<StackConfig["pooler"], "cpu" | "memory">;
  readonly images: Pick<StackConfig["images"], "pgbouncer" | "pgbouncerExporter">;
  readonly iniConfigMap: pulumi.Input<string>;
  readonly caConfigMap: pulumi.Input<string>;
  readonly userlistSecret: pulumi.Input<string>;
  readonly tlsSecret: pulumi.Input<string>;
  readonly monitorSecret: pulumi.Input<string>;
  readonly serviceAccount: pulumi.Input<string>;
}

/** Pod spec of a pooler: PgBouncer and the exporter of its figures. */
export function poolerPod(input: PoolerPodInput): core.v1.PodSpec {
  return {
    serviceAccountName: input.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurity,
    terminationGracePeriodSeconds: drainSeconds,
    // Soft: when a zone is gone, crowding the other one beats not running.
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: input.labels },
    })),
    containers: [pgbouncer(input), exporter(input)],
    volumes: [
      { name: "config", configMap: { name: input.iniConfigMap } },
      { name: "ca", configMap: { name: input.caConfigMap } },
      { name: "auth", secret: { secretName: input.userlistSecret, defaultMode: secretFileMode } },
      { name: "tls", secret: { secretName: input.tlsSecret, defaultMode: secretFileMode } },
      { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    ],
  };
}

function pgbouncer(input: PoolerPodInput): core.v1.Container {
  return {
    name: "pgbouncer",
    image: input.images.pgbouncer,
    command: ["/bin/sh", "-c", startCommand(input.settings)],
    env: [podIpEnv],
    ports: [{ name: "postgres", containerPort: poolerPort }],
    readinessProbe: { ...readiness(input.server), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
    livenessProbe: { tcpSocket: { port: poolerPort }, initialDelaySeconds: 5, periodSeconds: 10, failureThreshold: 3 },
    lifecycle: { preStop: { exec: { command: ["/bin/sh", "-c", drainCommand()] } } },
    // No CPU limit: a throttled pooler stalls every client at once.
    resources: {
      requests: { cpu: input.resources.cpu, memory: input.resources.memory },
      limits: { memory: input.resources.memory },
    },
    securityContext: containerSecurity,
    volumeMounts: [
      { name: "config", mountPath: "/etc/pgbouncer/config", readOnly: true },
      { name: "auth", mountPath: "/etc/pgbouncer/auth", readOnly: true },
      { name: "tls", mountPath: "/etc/pgbouncer/tls", readOnly: true },
      { name: "ca", mountPath: "/etc/plinth/ca", readOnly: true },
      { name: "run", mountPath: "/run/pgbouncer" },
    ],
  };
}

function exporter(input: PoolerPodInput): core.v1.Container {
  return {
    name: "exporter",
    image: input.images.pgbouncerExporter,
    command: ["/bin/pgbouncer_exporter"],
    args: [`--web.listen-address=$(POD_IP):${poolerMetricsPort}`],
    env: [
      podIpEnv,
      { name: "MONITOR_PASSWORD", valueFrom: { secretKeyRef: { name: input.monitorSecret, key: "password" } } },
      {
        // Encrypted but not verified: it never leaves the pod's own address, which no certificate names.
        name: "PGBOUNCER_EXPORTER_CONNECTION_STRING",
        value: `postgres://${databaseUsers.monitor}:$(MONITOR_PASSWORD)@$(POD_IP):${poolerPort}/pgbouncer?sslmode=require`,
      },
    ],
    ports: [{ name: "metrics", containerPort: poolerMetricsPort }],
    // Liveness only: figures that are late must not take the pooler out of service.
    livenessProbe: {
      tcpSocket: { port: poolerMetricsPort },
      initialDelaySeconds: 10,
      periodSeconds: 20,
      failureThreshold: 3,
    },
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
    securityContext: containerSecurity,
  };
}

/** `pg_isready` comes with the image's PostgreSQL client. It does not log in, but libpq wants a name, and this user has none in /etc/passwd. */
function readiness(server: pulumi.Input<string> | undefined): core.v1.Probe {
  if (server === undefined) return { tcpSocket: { port: poolerPort } };
  return {
    exec: { command: ["pg_isready", "--timeout=2", "--username=probe", "--host", server, `--port=${postgresPort}`] },
  };
}
