import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { bagOf, textOf } from "../../../../local/providers/kubernetes/kinds/object";
import { workloadsOf } from "../../../../local/providers/kubernetes/workloads/workloads";
import { waitFor } from "../../../../local/processes/wait";
import type { Bag } from "../../../../local/contract";
import { closeCluster, configMap, deployment, podEnvironment, secret, service } from "../../../support/kubernetes";
import { TestCloud } from "../../../support/test-cloud";
import { createResource } from "../../../support/test-kinds";

const ini = `[databases]
clinic = host=127.0.0.1 port=1
[pgbouncer]
%include /run/pgbouncer/listen.ini
listen_port = 6432
unix_socket_dir =
auth_type = plain
auth_file = /etc/pgbouncer/auth/userlist.txt
admin_users = monitor
pool_mode = transaction
max_client_conn = 4000
ignore_startup_parameters = extra_float_digits
pidfile = /run/pgbouncer/pid
`;

const labels = { app: "pooler" };
const restricted = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };
const pooler: Bag = {
  metadata: { name: "pooler" },
  spec: {
    replicas: 2,
    progressDeadlineSeconds: 10,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 },
        terminationGracePeriodSeconds: 10,
        containers: [
          {
            name: "pgbouncer",
            image: "docker.io/edoburu/pgbouncer:v1.24.1-p1",
            command: [
              "sh",
              "-c",
              "printf 'listen_addr = %s\\n' $POD_IP > /run/pgbouncer/listen.ini; exec pgbouncer /etc/pgbouncer/config/pgbouncer.ini",
            ],
            env: podEnvironment,
            readinessProbe: { tcpSocket: { port: 6432 }, periodSeconds: 1 },
            lifecycle: { preStop: { exec: { command: ["sh", "-c", 'kill -INT "$(cat /run/pgbouncer/pid)"'] } } },
            securityContext: restricted,
            volumeMounts: [
              { name: "config", mountPath: "/etc/pgbouncer/config", readOnly: true },
              { name: "auth", mountPath: "/etc/pgbouncer/auth", readOnly: true },
              { name: "run", mountPath: "/run/pgbouncer" },
            ],
          },
          {
            name: "exporter",
            image: "quay.io/prometheuscommunity/pgbouncer-exporter:v0.11.0",
            command: ["/bin/pgbouncer_exporter"],
            args: ["--web.listen-address=$(POD_IP):9127"],
            env: [
              ...(podEnvironment as Bag[]),
              { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "auth", key: "monitor" } } },
              {
                name: "PGBOUNCER_EXPORTER_CONNECTION_STRING",
                value: "postgres://monitor:$(PASSWORD)@$(POD_IP):6432/pgbouncer?sslmode=disable",
              },
            ],
            readinessProbe: { tcpSocket: { port: 9127 }, periodSeconds: 1 },
            securityContext: restricted,
          },
        ],
        volumes: [
          { name: "config", configMap: { name: "ini" } },
          {
            name: "auth",
            secret: { secretName: "auth", defaultMode: 0o440, items: [{ key: "userlist.txt", path: "userlist.txt" }] },
          },
          { name: "run", emptyDir: { medium: "Memory" } },
        ],
      },
    },
  },
};

describe("PgBouncer as pods behind a Service", () => {
  let cloud: TestCloud;
  let address: string;

  beforeAll(async () => {
    cloud = await TestCloud.open();
    await createResource(cloud, configMap, {
      metadata: { name: "ini" },
      data: { "pgbouncer.ini": ini },
      immutable: true,
    });
    await createResource(cloud, secret, {
      metadata: { name: "auth" },
      stringData: { "userlist.txt": '"monitor" "geheim"\n', monitor: "geheim" },
    });
    await createResource(cloud, deployment, pooler);
    const front = await createResource(cloud, service, {
      metadata: { name: "pooler" },
      spec: { selector: labels, ports: [{ name: "postgres", port: 6432 }] },
    });
    address = textOf(bagOf(front.outputs.spec).clusterIP);
  });
  afterAll(() => closeCluster(cloud));

  const show = (what: string) =>
    execFileSync("psql", ["-XAt", "-h", address, "-p", "6432", "-U", "monitor", "pgbouncer", "-c", `show ${what}`], {
      env: { PATH: "/usr/bin:/bin", PGPASSWORD: "geheim", PGSSLMODE: "disable" },
      encoding: "utf8",
    });

  it("lets psql in with the mounted credentials", () => {
    expect(show("version")).toMatch(/^PgBouncer \d/);
  });

  it("serves its figures through the exporter that stands in", async () => {
    const [resource] = cloud.resources(deployment.type);
    if (!resource) throw new Error("no Deployment");
    const [pod] = workloadsOf(cloud).deployments.get("default/pooler")?.pods ?? [];
    const metrics = await fetch(`http://${pod?.identity.ip}:9127/metrics`).then((response) => response.text());
    expect(metrics).toMatch(/^pgbouncer_up 1$/m);
    expect(metrics).toMatch(
      /^pgbouncer_pools_client_active_connections\{database="pgbouncer",user="pgbouncer"\} \d+$/m,
    );
    expect(metrics).toMatch(/^pgbouncer_config_max_client_connections 4000$/m);
    expect(await deployment.describe?.(resource, cloud)).toContain("exporter is a stand-in");
  });

  it("holds thousands of clients at once through its Service", async () => {
    const clients = Array.from({ length: 3_000 }, () => connect({ host: address, port: 6432 }));
    await Promise.all(
      clients.map((client) => new Promise((resolve, reject) => client.once("connect", resolve).once("error", reject))),
    );
    const established = () =>
      readFileSync("/proc/net/tcp", "utf8")
        .split("\n")
        .filter((row) => /:1920 [0-9A-F:]+ 01 /.test(row)).length;
    await waitFor({ what: "both sides of every connection", timeoutMs: 10_000 }, () => established() >= 6_000);
    for (const client of clients) client.destroy();
  });

  it("is drained by its preStop hook when it is deleted", async () => {
    const controller = workloadsOf(cloud).deployments.get("default/pooler");
    const files =
      controller?.pods.flatMap(({ logFiles }) => logFiles.filter(({ container }) => container === "pgbouncer")) ?? [];
    await controller?.stop();
    for (const { file } of files) expect(readFileSync(file, "utf8")).toContain("SIGINT");
  });
});
