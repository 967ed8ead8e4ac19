import type { core } from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { containerSecurity, podIpEnv, podSecurity, secretFileMode } from "../cluster/pod-security";
import { postgresPort } from "../network/ports";
import { databaseName, databaseUsers } from "../security/database-users";

/** An instance whose figures are exported. */
export interface ExportedInstance {
  /** Identifier of the instance, and name of its container. */
  readonly id: string;
  readonly host: pulumi.Input<string>;
}

export interface PostgresExporterPodInput {
  readonly image: string;
  readonly instances: readonly ExportedInstance[];
  readonly queriesConfigMap: pulumi.Input<string>;
  readonly caConfigMap: pulumi.Input<string>;
  /** Secret with `password` of the monitoring user. */
  readonly monitorSecret: pulumi.Input<string>;
  readonly serviceAccount: pulumi.Input<string>;
}

/** Port of the first instance's figures; the others follow. */
const firstPort = 9187;

/** Port on which the figures of the instance with this index are served. */
export function exporterPort(index: number): number {
  return firstPort + index;
}

/** Pod spec with one exporter per instance: it connects directly, for the pooler would mix instances up. */
export function postgresExporterPod(input: PostgresExporterPodInput): core.v1.PodSpec {
  return {
    serviceAccountName: input.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurity,
    containers: input.instances.map((instance, index) => exporter(input, instance, exporterPort(index))),
    volumes: [
      { name: "queries", configMap: { name: input.queriesConfigMap } },
      { name: "ca", configMap: { name: input.caConfigMap } },
      { name: "monitor", secret: { secretName: input.monitorSecret, defaultMode: secretFileMode } },
    ],
  };
}

function exporter(input: PostgresExporterPodInput, instance: ExportedInstance, port: number): core.v1.Container {
  return {
    name: instance.id,
    image: input.image,
    command: ["/bin/postgres_exporter"],
    args: [
      `--web.listen-address=$(POD_IP):${port}`,
      "--extend.query-path=/etc/plinth/queries/queries.yaml",
      "--disable-default-metrics",
      "--disable-settings-metrics",
    ],
    env: [
      podIpEnv,
      { name: "PGHOST", value: instance.host },
      {
        name: "DATA_SOURCE_URI",
        value: `$(PGHOST):${postgresPort}/${databaseName}?sslmode=verify-full&sslrootcert=/etc/plinth/ca/ca.pem`,
      },
      { name: "DATA_SOURCE_USER", value: databaseUsers.monitor },
      { name: "DATA_SOURCE_PASS_FILE", value: "/etc/plinth/monitor/password" },
    ],
    ports: [{ name: `metrics-${port - firstPort}`, containerPort: port }],
    livenessProbe: { tcpSocket: { port }, initialDelaySeconds: 10, periodSeconds: 20, failureThreshold: 3 },
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
    securityContext: containerSecurity,
    volumeMounts: [
      { name: "queries", mountPath: "/etc/plinth/queries", readOnly: true },
      { name: "ca", mountPath: "/etc/plinth/ca", readOnly: true },
      { name: "monitor", mountPath: "/etc/plinth/monitor", readOnly: true },
    ],
  };
}
