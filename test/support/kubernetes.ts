import { connect } from "node:net";
import type { Bag, Resource, Value } from "../../local/contract";
import { configMap, secret } from "../../local/providers/kubernetes/kinds/configuration";
import { deployment } from "../../local/providers/kubernetes/kinds/deployment";
import { service } from "../../local/providers/kubernetes/kinds/service";
import { workloadsOf } from "../../local/providers/kubernetes/workloads/workloads";
import { TestCloud } from "./test-cloud";
import { createResource } from "./test-kinds";

/** A TCP server that greets every client with its name and what `/etc/greeting/text` holds, on its pod's address. */
export const greeter = `
const { readFileSync } = require("node:fs");
require("node:net").createServer((socket) => {
  socket.on("error", () => undefined);
  socket.end(process.env.POD + " " + readFileSync("/etc/greeting/text", "utf8"));
}).listen(8080, process.env.POD_IP);
process.on("SIGTERM", () => setTimeout(() => process.exit(0), 50));
`;

export const podEnvironment: Value = [
  { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
];

/** A Deployment of greeters, changed at will. */
export function greeterDeployment(changes: { spec?: Bag; pod?: Bag; container?: Bag; name?: string } = {}): Bag {
  const labels = { app: changes.name ?? "greeter" };
  return {
    metadata: { name: changes.name ?? "greeter" },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "greeter",
              image: "node:22-alpine",
              command: ["node", "-e", greeter],
              env: podEnvironment,
              ports: [{ name: "tcp", containerPort: 8080 }],
              readinessProbe: { tcpSocket: { port: "tcp" }, periodSeconds: 1 },
              volumeMounts: [{ name: "greeting", mountPath: "/etc/greeting" }],
              ...changes.container,
            },
          ],
          volumes: [{ name: "greeting", configMap: { name: "greeting" } }],
          terminationGracePeriodSeconds: 5,
          ...changes.pod,
        },
      },
      ...changes.spec,
    },
  };
}

export const greeterService: Bag = {
  metadata: { name: "greeter" },
  spec: { selector: { app: "greeter" }, ports: [{ port: 80, targetPort: "tcp" }] },
};

export const greeting = (text: string): Bag => ({ metadata: { name: "greeting" }, data: { text } });

/** A Deployment that runs a shell script. */
export function shellDeployment(script: string, changes: { spec?: Bag; pod?: Bag; container?: Bag } = {}): Bag {
  const labels = { app: "shell" };
  return {
    metadata: { name: "shell" },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "main",
              image: "busybox:1.36",
              command: ["sh", "-c", script],
              env: podEnvironment,
              ...changes.container,
            },
          ],
          terminationGracePeriodSeconds: 2,
          ...changes.pod,
        },
      },
      ...changes.spec,
    },
  };
}

/** A Job that runs a shell script. */
export function shellJob(script: string, changes: { spec?: Bag; pod?: Bag; metadata?: Bag } = {}): Bag {
  return {
    metadata: { name: "task", ...changes.metadata },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: "Never",
          containers: [{ name: "main", image: "busybox:1.36", command: ["sh", "-c", script] }],
          ...changes.pod,
        },
      },
      ...changes.spec,
    },
  };
}

/** What a server says before it closes the connection; rejects when it refuses or resets it. */
export function hear(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect({ host, port });
    socket.on("data", (data) => (text += data.toString()));
    socket.on("end", () => (text === "" ? reject(new Error("closed without a word")) : resolve(text)));
    socket.on("error", reject);
  });
}

/** Ends all Deployments and Services and then the cloud. */
export async function closeCluster(cloud: TestCloud): Promise<void> {
  const { deployments, services, jobs, cronJobs } = workloadsOf(cloud);
  await Promise.all([...jobs.values(), ...cronJobs.values()].map((run) => run.stop(0)));
  await Promise.all([...deployments.values()].map((controller) => controller.stop(0)));
  await Promise.all([...services.values()].map((runtime) => runtime.stop()));
  await cloud.close();
}

export async function greeterCloud(): Promise<{ cloud: TestCloud; greeters: Resource; front: Resource }> {
  const cloud = await TestCloud.open();
  await createResource(cloud, configMap, greeting("hello"));
  const [greeters, front] = await Promise.all([
    createResource(cloud, deployment, greeterDeployment()),
    createResource(cloud, service, greeterService),
  ]);
  return { cloud, greeters, front };
}

export { configMap, deployment, secret, service };
