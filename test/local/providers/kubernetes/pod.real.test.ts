import { readFileSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { Bag, Resource } from "../../../../local/contract";
import { Unready } from "../../../../local/contract";
import { unprivilegedAccount } from "../../../../local/processes/accounts";
import { waitFor } from "../../../../local/processes/wait";
import { bagOf } from "../../../../local/providers/kubernetes/kinds/object";
import { job } from "../../../../local/providers/kubernetes/kinds/job";
import type { Pod } from "../../../../local/providers/kubernetes/pods/pod";
import { workloadsOf } from "../../../../local/providers/kubernetes/workloads/workloads";
import {
  closeCluster,
  configMap,
  deployment,
  podEnvironment,
  secret,
  shellDeployment,
  shellJob,
} from "../../../support/kubernetes";
import { TestCloud } from "../../../support/test-cloud";
import { createResource, deleteResource, updateResource } from "../../../support/test-kinds";

describe("a pod", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.open();
  });
  afterEach(() => closeCluster(cloud));

  const pods = (): Pod[] => workloadsOf(cloud).deployments.get("default/shell")?.pods ?? [];
  const pod = (): Pod => {
    const [first] = pods();
    if (!first) throw new Error("there is no pod");
    return first;
  };
  const logOf = (podName: string, container = "main") =>
    readFileSync(join(cloud.root, "logs", "pods", "default", podName, `${container}.log`), "utf8");
  const onlyLog = (container = "main") => {
    const [name = ""] = readdirSync(join(cloud.root, "logs", "pods", "default"));
    return logOf(name, container);
  };
  const runOnce = (pod: Bag) => createResource(cloud, job, shellJob("true", { pod }));

  it("finds mounted files with the modes asked for, at paths that this machine does not have", async () => {
    await createResource(cloud, configMap, { metadata: { name: "conf" }, data: { "app.ini": "[app]", other: "x" } });
    await createResource(cloud, secret, { metadata: { name: "keys" }, stringData: { password: "geheim", user: "u" } });
    await runOnce({
      securityContext: { fsGroup: 4321 },
      containers: [
        {
          name: "main",
          image: "debian",
          command: [
            "sh",
            "-c",
            "stat -c '%a %g %n' /etc/plinth/* /secrets/* /one/file; cat /etc/plinth/app.ini /secrets/pw; cat /info/labels",
          ],
          volumeMounts: [
            { name: "conf", mountPath: "/etc/plinth" },
            { name: "keys", mountPath: "/secrets" },
            { name: "conf", mountPath: "/one/file", subPath: "other" },
            { name: "info", mountPath: "/info" },
          ],
        },
      ],
      volumes: [
        { name: "conf", configMap: { name: "conf" } },
        { name: "keys", secret: { secretName: "keys", defaultMode: 0o400, items: [{ key: "password", path: "pw" }] } },
        {
          name: "info",
          projected: {
            sources: [{ downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } }],
          },
        },
      ],
    });
    // Only root can give files to another group.
    const group = process.getuid?.() === 0 ? 4321 : unprivilegedAccount().gid;
    expect(onlyLog().split("\n")).toEqual([
      `644 ${group} /etc/plinth/app.ini`,
      `644 ${group} /etc/plinth/other`,
      `440 ${group} /secrets/pw`,
      `644 ${group} /one/file`,
      "[app]gehe" + 'imbatch.kubernetes.io/job-name="task"',
      'job-name="task"',
    ]);
  });

  it("runs as the user it names, or as the unprivileged account, and never as root by default", async () => {
    const script = { image: "busybox", command: ["sh", "-c", "id -u; id -g; touch /tmp/x && echo writable; true"] };
    await runOnce({
      securityContext: { runAsUser: 7777, runAsGroup: 8888, runAsNonRoot: true },
      initContainers: [
        { name: "first", ...script, securityContext: { runAsUser: 6666, readOnlyRootFilesystem: true } },
      ],
      containers: [{ name: "main", ...script }],
    });
    expect(onlyLog("first")).toMatch(/^6666\n8888\ntouch: .*Read-only/);
    expect(onlyLog()).toBe("7777\n8888\nwritable\n");
    expect(unprivilegedAccount().uid).not.toBe(0);
  });

  it("gets its environment from values, Secrets, ConfigMaps, fields and resources, each seeing the ones before", async () => {
    await createResource(cloud, configMap, { metadata: { name: "conf" }, data: { LEVEL: "debug" } });
    await createResource(cloud, secret, { metadata: { name: "keys" }, stringData: { password: "geheim" } });
    await runOnce({
      containers: [
        {
          name: "main",
          image: "busybox",
          command: ["sh", "-c", "echo $1; env | sort", "sh"],
          args: ["$(URL) $$(URL) $(NONE)"],
          envFrom: [
            { prefix: "CONF_", configMapRef: { name: "conf" } },
            { secretRef: { name: "absent", optional: true } },
          ],
          resources: { limits: { memory: "64Mi" } },
          env: [
            { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "keys", key: "password" } } },
            { name: "URL", value: "db://u:$(PASSWORD)@host" },
            { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
            { name: "MEMORY", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
          ],
        },
      ],
    });
    const lines = onlyLog().split("\n");
    expect(lines[0]).toBe("db://u:geheim@host $(URL) $(NONE)");
    expect(lines).toEqual(
      expect.arrayContaining(["CONF_LEVEL=debug", "PASSWORD=geheim", "NAMESPACE=default", "MEMORY=64", "HOME=/"]),
    );
    expect(lines.filter((line) => /^(PULUMI|npm_|NODE_)/.test(line))).toEqual([]);
  });

  it("starts in its working directory, which is made when neither the image nor a volume has it", async () => {
    const main = { name: "main", image: "python:3.13-slim", command: ["python", "-c"] };
    const program = "import os; open('made', 'w'); print(os.getcwd(), os.listdir('.'))";
    await runOnce({ containers: [{ ...main, args: [program], workingDir: "/opt/app/data" }] });
    expect(onlyLog()).toBe("/opt/app/data ['made']\n");
  });

  it("waits for a Secret that is not there yet and then starts", async () => {
    const waiting = createResource(
      cloud,
      deployment,
      shellDeployment("sleep 600", { container: { envFrom: [{ secretRef: { name: "late" } }] } }),
    );
    await waitFor({ what: "the wait", timeoutMs: 5_000 }, () =>
      pods()[0]?.lastFailure?.includes('secret "late" not found'),
    );
    await createResource(cloud, secret, { metadata: { name: "late" }, stringData: { A: "1" } });
    expect((await waiting).outputs.status).toMatchObject({ readyReplicas: 1 });
  });

  it("is ready when its probe says so, loses readiness when it does not, and is restarted when it is not alive", async () => {
    const probes = {
      readinessProbe: { exec: { command: ["test", "!", "-e", "/tmp/busy"] }, periodSeconds: 1, failureThreshold: 1 },
      livenessProbe: { exec: { command: ["test", "!", "-e", "/tmp/dead"] }, periodSeconds: 1, failureThreshold: 2 },
      startupProbe: { exec: { command: ["test", "-e", "/tmp/started"] }, periodSeconds: 1, failureThreshold: 30 },
    };
    const script =
      "sleep 0.3; touch /tmp/started; trap 'touch /tmp/busy' USR1; trap 'touch /tmp/dead' USR2; while :; do sleep 0.05; done";
    const resource = await createResource(cloud, deployment, shellDeployment(script, { container: probes }));
    const pid = () => pod().containers[0]?.pid ?? 0;
    process.kill(pid(), "SIGUSR1");
    await waitFor({ what: "unreadiness", timeoutMs: 5_000 }, () => !pod().ready);
    expect(await deployment.describe?.(resource, cloud)).toMatch(
      /^0 of 1 pods ready, container main readiness probe failed/,
    );
    const before = pid();
    process.kill(before, "SIGUSR2");
    await waitFor({ what: "the restart", timeoutMs: 10_000 }, () => pod().restarts === 1 && pod().ready);
    expect(pid()).not.toBe(before);
  }, 30_000);

  it("answers an httpGet probe on its own address", async () => {
    const serve =
      "require('http').createServer((q, r) => { r.statusCode = q.url === '/ok' ? 204 : 500; r.end() }).listen(9000, process.env.POD_IP)";
    const container = { image: "node:22", command: ["node", "-e", serve], env: podEnvironment };
    const probe = (path: string) => ({ readinessProbe: { httpGet: { path, port: 9000 }, periodSeconds: 1 } });
    await createResource(cloud, deployment, shellDeployment("", { container: { ...container, ...probe("/ok") } }));
    const resource = cloud.resource(deployment.type, "default/shell") as Resource;
    const broken = shellDeployment("", {
      container: { ...container, ...probe("/bad") },
      spec: { progressDeadlineSeconds: 2 },
    });
    const outcome = await updateResource(cloud, deployment, resource, broken).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Unready);
    expect((outcome as Unready).reasons.join("\n")).toContain("HTTP probe failed with statuscode: 500");
    expect(pods().filter(({ ready }) => ready)).toHaveLength(1);
  }, 30_000);

  it("that keeps crashing is restarted ever more slowly and reported with the end of its log", async () => {
    const inputs = shellDeployment("echo no database; exit 1", { spec: { progressDeadlineSeconds: 2 } });
    const outcome = await createResource(cloud, deployment, inputs).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Unready);
    const { reasons } = outcome as Unready;
    expect(reasons[0]).toBe("deployment shell exceeded its progress deadline");
    expect(reasons[1]).toMatch(/CrashLoopBackOff, 2 restarts\): container main exited with code 1$/);
    expect(reasons).toContain("  main: no database");
    expect(logOf(pod().name).trim().split("\n")).toHaveLength(3);
    const resource = cloud.resource(deployment.type, "default/shell") as Resource;
    expect(await deployment.describe?.(resource, cloud)).toContain("CrashLoopBackOff");
  });

  it("runs its preStop hook and ends in its own time, within its grace period", async () => {
    const script = "trap 'echo term; sleep 0.2; echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done";
    const container = {
      lifecycle: {
        preStop: { exec: { command: ["sh", "-c", "echo pre >> /proc/1/fd/1; sleep 0.2"] } },
      },
    };
    const resource = await createResource(cloud, deployment, shellDeployment(script, { container }));
    const { name } = pod();
    await waitFor({ what: "the script", timeoutMs: 5_000 }, () => logOf(name).includes("up"));
    const started = Date.now();
    await deleteResource(cloud, deployment, resource);
    expect(logOf(name)).toMatch(/up\n(pre\n)?term\nbye\n/);
    expect(Date.now() - started).toBeGreaterThanOrEqual(400);
    expect(cloud.processes.list()).toEqual([]);
  });

  it("that ignores SIGTERM is killed when its grace period is over", async () => {
    const inputs = shellDeployment("trap '' TERM; echo up; while :; do sleep 1; done", {
      pod: { terminationGracePeriodSeconds: 1 },
    });
    const resource = await createResource(cloud, deployment, inputs);
    await waitFor({ what: "the script", timeoutMs: 5_000 }, () => logOf(pod().name).includes("up"));
    const started = Date.now();
    await deleteResource(cloud, deployment, resource);
    expect(Date.now() - started).toBeGreaterThanOrEqual(990);
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  it("comes back with a new process when the local cloud is started again", async () => {
    const resource = await createResource(cloud, deployment, shellDeployment("echo $POD; sleep 600"));
    const before = pod().name;
    await Promise.all(cloud.processes.list().map((running) => running.stop("SIGKILL", 0)));
    await workloadsOf(cloud).deployments.get("default/shell")?.stop(0);
    const next = await cloud.reopen();
    await deployment.resume?.(resource, next);
    const controller = workloadsOf(next).deployments.get("default/shell");
    await controller?.available(AbortSignal.timeout(10_000), () => undefined);
    expect(controller?.pods.map(({ name }) => name)).not.toContain(before);
    expect(await deployment.describe?.(resource, next)).toBe("1 of 1 pods ready");
    await closeCluster(next);
  });

  it("has the port to itself although it listens on all addresses, and localhost is the pod", async () => {
    const serve = "require('http').createServer((q, r) => r.end(process.env.POD)).listen(8080)";
    const ask =
      "setInterval(() => require('http').get('http://localhost:8080', (r) => r.pipe(process.stdout)).on('error', () => {}), 50)";
    const inputs = shellDeployment("", {
      spec: { replicas: 2 },
      container: { image: "node:22", command: ["node", "-e", serve] },
    });
    const template = bagOf(bagOf(bagOf(inputs.spec).template).spec);
    const [main] = template.containers as Bag[];
    const readinessProbe = { httpGet: { port: 8080 }, periodSeconds: 1 };
    template.containers = [
      { ...main, readinessProbe },
      { name: "sidecar", image: "node:22", command: ["node", "-e", ask] },
    ];
    await createResource(cloud, deployment, inputs);
    const own = pods().map(({ name }) => name);
    await waitFor({ what: "the sidecars", timeoutMs: 5_000 }, () =>
      own.every((name) => logOf(name, "sidecar").includes(name)),
    );
    for (const name of own) expect(logOf(name, "sidecar").replaceAll(name, "")).toBe("");
  });

  it("looks up Services and host aliases by name", async () => {
    const server: Server = createServer((_request, response) => response.end("found"));
    const elsewhere = cloud.addresses.of("test/elsewhere");
    await new Promise<void>((resolve) => server.listen(0, elsewhere, resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const get = `require('http').get('http://db.example:${port}', (r) => r.pipe(process.stdout))`;
    await runOnce({
      hostAliases: [{ ip: elsewhere, hostnames: ["db.example"] }],
      containers: [{ name: "main", image: "node:22", command: ["node", "-e", get] }],
    });
    server.close();
    expect(onlyLog()).toBe("found");
  });
});
