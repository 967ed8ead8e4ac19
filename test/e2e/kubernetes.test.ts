import { waitFor } from "../../local/processes/wait";
import { hear } from "../support/kubernetes";
import { withPlinth } from "../support/plinth";

const program = (greeting: string, replicas: number, exitCode = 0) => `
  const k8s = require("@pulumi/kubernetes");
  const ns = new k8s.core.v1.Namespace("team", { metadata: { name: "team" } });
  const namespace = ns.metadata.name;
  const labels = { app: "greeter" };
  const config = new k8s.core.v1.ConfigMap("greeting", { metadata: { namespace }, immutable: true, data: { text: ${JSON.stringify(greeting)} } });
  const secret = new k8s.core.v1.Secret("token", { metadata: { namespace }, stringData: { token: "geheim" } });
  const service = new k8s.core.v1.Service("greeter", { metadata: { namespace, name: "greeter" }, spec: { selector: labels, ports: [{ port: 8080 }] } });
  const code = "const text = require('fs').readFileSync('/etc/greeting/text'); require('net').createServer((s) => s.on('error', () => {}).end(process.env.HOSTNAME + ' ' + text)).listen(8080)";
  new k8s.apps.v1.Deployment("greeter", {
    metadata: { namespace, name: "greeter" },
    spec: {
      replicas: ${replicas},
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{
            name: "main", image: "node:22", command: ["node", "-e", code],
            envFrom: [{ secretRef: { name: secret.metadata.name } }],
            readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
            volumeMounts: [{ name: "greeting", mountPath: "/etc/greeting" }],
          }],
          volumes: [{ name: "greeting", configMap: { name: config.metadata.name } }],
        },
      },
    },
  });
  new k8s.batch.v1.Job("task", {
    metadata: { namespace, name: "task", annotations: { "pulumi.com/replaceUnready": "true" } },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "busybox", command: ["sh", "-c", "echo working; exit ${exitCode}"] }] } } },
  });
  exports.address = service.spec.clusterIP;
`;

describe("a program of Kubernetes objects that is not ours", () => {
  test("runs, rolls when its ConfigMap changes, reports a failed Job with its log, and survives the death of the local cloud", () =>
    withPlinth({ source: program("hello", 2) }, async (plinth) => {
      const say = async () => {
        const states = await plinth.resources();
        const front = states.find(({ type }) => type === "kubernetes:core/v1:Service");
        return hear(front?.state.split(" ")[0] ?? "", 8080);
      };
      const stateOf = async (kind: string) =>
        (await plinth.resources()).find(({ type }) => type.endsWith(`:${kind}`))?.state;

      await plinth.up();
      expect(await say()).toMatch(/^greeter-.* hello$/);
      expect(await plinth.up()).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0 });

      plinth.write(program("good day", 3));
      expect(await plinth.up()).toMatchObject({ updated: 1, replaced: 1 });
      expect(await say()).toMatch(/ good day$/);
      expect(await stateOf("Deployment")).toBe("3 of 3 pods ready");

      plinth.write(program("good day", 3, 4));
      const failed = await plinth.run(["up"]);
      expect(failed.code).not.toBe(0);
      expect(`${failed.stdout}${failed.stderr}`).toMatch(/job task failed: BackoffLimitExceeded[^]*main: working/);
      plinth.write(program("good day", 3));
      await plinth.up();
      expect(await stateOf("Job")).toMatch(/^complete/);

      await plinth.killDaemon();
      await plinth.up();
      await waitFor({ what: "the Service", timeoutMs: 20_000 }, say);
      expect(await say()).toMatch(/ good day$/);
    }));
});
