import { connect } from "node:net";
import { kill } from "node:process";
import type { Resource } from "../../../../local/contract";
import { waitFor } from "../../../../local/processes/wait";
import { bagOf, textOf } from "../../../../local/providers/kubernetes/kinds/object";
import { workloadsOf } from "../../../../local/providers/kubernetes/workloads/workloads";
import {
  closeCluster,
  configMap,
  deployment,
  greeterCloud,
  greeterDeployment,
  greeting,
  hear,
  service,
} from "../../../support/kubernetes";
import type { TestCloud } from "../../../support/test-cloud";
import { updateResource } from "../../../support/test-kinds";

describe("a Service in front of a Deployment", () => {
  let cloud: TestCloud;
  let greeters: Resource;
  let front: Resource;
  let address: string;
  const controller = () => {
    const found = workloadsOf(cloud).deployments.get("default/greeter");
    if (!found) throw new Error("the deployment is not running");
    return found;
  };

  beforeAll(async () => {
    ({ cloud, greeters, front } = await greeterCloud());
    address = textOf(bagOf(front.outputs.spec).clusterIP);
  });
  afterAll(() => closeCluster(cloud));

  it("answers on its own address and spreads connections over all pods", async () => {
    const heard = await Promise.all(Array.from({ length: 10 }, () => hear(address, 80)));
    const names = new Set(heard.map((text) => text.split(" ")[0]));
    expect([...names].sort()).toEqual(
      controller()
        .pods.map(({ name }) => name)
        .sort(),
    );
    expect(heard.every((text) => text.endsWith(" hello"))).toBe(true);
    expect(greeters.outputs.status).toMatchObject({ replicas: 2, readyReplicas: 2, availableReplicas: 2 });
  });

  it("shows running pods the new content of a ConfigMap", async () => {
    const map = cloud.resource(configMap.type, "default/greeting");
    if (!map) throw new Error("no ConfigMap");
    await updateResource(cloud, configMap, map, greeting("good day"));
    expect(await hear(address, 80)).toMatch(/ good day$/);
  });

  it("keeps answering when a pod's process is killed, which is then started again", async () => {
    const [pod] = controller().pods;
    const pid = pod?.containers[0]?.pid ?? 0;
    kill(pid, "SIGKILL");
    await waitFor({ what: "the end of the process", timeoutMs: 5_000, everyMs: 1 }, () => pod?.ready === false);
    for (let attempt = 0; attempt < 20; attempt += 1) expect(await hear(address, 80)).toContain("good day");
    await waitFor({ what: "the restart", timeoutMs: 10_000 }, () => pod?.restarts === 1 && pod.ready);
    expect(await deployment.describe?.(greeters, cloud)).toBe("2 of 2 pods ready, 1 restarts");
  });

  it("lets a client stop sending and still hear the answer", async () => {
    const heard = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connect({ host: address, port: 80, allowHalfOpen: true }, () => socket.end("no more from me"));
      socket.on("data", (data) => (text += data.toString()));
      socket.on("end", () => resolve(text));
      socket.on("error", reject);
    });
    expect(heard).toContain("good day");
  });

  it("refuses nobody and never falls below its minimum during a rolling update", async () => {
    let failures = 0;
    let fewest = 2;
    let rolling = true;
    const hammer = async () => {
      while (rolling) {
        await hear(address, 80).catch(() => (failures += 1));
        fewest = Math.min(fewest, controller().counts.readyReplicas);
      }
    };
    const clients = [hammer(), hammer(), hammer()];
    const before = controller().pods.map(({ name }) => name);
    greeters = await updateResource(
      cloud,
      deployment,
      greeters,
      greeterDeployment({
        spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
        container: { image: "node:24-alpine" },
      }),
    );
    rolling = false;
    await Promise.all(clients);
    expect({ failures, fewest }).toEqual({ failures: 0, fewest: 2 });
    const after = controller().pods.filter(({ terminating }) => !terminating);
    expect(after.map(({ name }) => name).filter((name) => before.includes(name))).toEqual([]);
  });

  it("closes connections when no pod is ready, keeps its address, and answers again when pods return", async () => {
    greeters = await updateResource(cloud, deployment, greeters, greeterDeployment({ spec: { replicas: 0 } }));
    const isClosed = () =>
      hear(address, 80).then(
        () => false,
        () => true,
      );
    await waitFor({ what: "the Service to let go of its pods", timeoutMs: 5_000 }, isClosed);
    expect(await service.describe?.(front, cloud)).toBe(`${address} port 80, no ready pod: connections are closed`);
    greeters = await updateResource(cloud, deployment, greeters, greeterDeployment({ spec: { replicas: 3 } }));
    await waitFor({ what: "the Service", timeoutMs: 5_000 }, () => hear(address, 80));
    expect(await service.describe?.(front, cloud)).toBe(`${address} port 80, 3 ready pods`);
  });
});
