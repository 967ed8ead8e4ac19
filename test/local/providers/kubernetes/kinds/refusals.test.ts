import { UNKNOWN, type Bag, type Kind, type Value } from "../../../../../local/contract";
import { kubernetesKinds } from "../../../../../local/providers/kubernetes/kubernetes";
import { notEnforcedLocally } from "../../../../../local/providers/kubernetes/not-enforced";
import { diff } from "../../../../../local/providers/diff";
import { InputsRefused, checkInputs, diffResource } from "../../../../support/test-kinds";
import { greeterDeployment, greeterService, shellJob } from "../../../../support/kubernetes";
import { TestCloud } from "../../../../support/test-cloud";

describe("manifests", () => {
  let cloud: TestCloud;
  let paper: TestCloud;
  beforeAll(async () => {
    cloud = await TestCloud.open();
    paper = await TestCloud.open({ mode: "paper" });
  });
  afterAll(() => Promise.all([cloud.close(), paper.close()]));

  const kind = (name: string): Kind => {
    const found = kubernetesKinds.find(({ type }) => type.endsWith(`:${name}`));
    if (!found) throw new Error(`there is no kind ${name}`);
    return found;
  };
  const refusals = (name: string, inputs: Bag, where = cloud): Record<string, string> => {
    try {
      checkInputs(where, kind(name), inputs);
      return {};
    } catch (error) {
      if (!(error instanceof InputsRefused)) throw error;
      return Object.fromEntries(error.problems.map(({ property, reason }) => [property, reason]));
    }
  };
  const container = "spec.template.spec.containers.0";

  it("that are right are accepted", () => {
    expect(refusals("Deployment", greeterDeployment())).toEqual({});
    expect(refusals("Service", greeterService)).toEqual({});
    expect(refusals("Job", shellJob("true"))).toEqual({});
  });

  it.each<[string, Bag, string, RegExp]>([
    ["a wrong type", greeterDeployment({ spec: { replicas: "two" } }), "spec.replicas", /integer/],
    [
      "a wrong quantity",
      greeterDeployment({ container: { resources: { limits: { memory: "12Qi" } } } }),
      `${container}.resources.limits.memory`,
      /quantity/,
    ],
    [
      "a wrong word",
      greeterDeployment({ container: { imagePullPolicy: "Sometimes" } }),
      `${container}.imagePullPolicy`,
      /one of Always, IfNotPresent, Never/,
    ],
    [
      "a mount without its volume",
      greeterDeployment({ pod: { volumes: [] } }),
      `${container}.volumeMounts.0.name`,
      /no volume "greeting"/,
    ],
    [
      "a selector that misses its pods",
      greeterDeployment({ spec: { selector: { matchLabels: { app: "other" } } } }),
      "spec.selector.matchLabels",
      /must be labels of/,
    ],
    [
      "a probe on an unknown port",
      greeterDeployment({ container: { readinessProbe: { tcpSocket: { port: "web" } } } }),
      `${container}.readinessProbe.tcpSocket.port`,
      /no port named "web"/,
    ],
    [
      "two ways to probe",
      greeterDeployment({ container: { readinessProbe: { tcpSocket: { port: 1 }, exec: { command: ["true"] } } } }),
      `${container}.readinessProbe`,
      /exactly one/,
    ],
    [
      "root where root is ruled out",
      greeterDeployment({ pod: { securityContext: { runAsNonRoot: true, runAsUser: 0 } } }),
      `${container}.securityContext.runAsUser`,
      /breaks non-root policy/,
    ],
    [
      "a restart policy of Jobs",
      greeterDeployment({ pod: { restartPolicy: "Never" } }),
      "spec.template.spec.restartPolicy",
      /"Always"/,
    ],
    [
      "a standstill by its own rules",
      greeterDeployment({ spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" } } } }),
      "spec.strategy.rollingUpdate.maxUnavailable",
      /may not be 0/,
    ],
    [
      "a missing program",
      greeterDeployment({ container: { command: ["/usr/bin/nonesuch"] } }),
      `${container}.command`,
      /"\/usr\/bin\/nonesuch" of image .* is not on this machine/,
    ],
    ["a bad name", { ...greeterDeployment(), metadata: { name: "Not_Valid" } }, "metadata.name", /lower case/],
  ])("a Deployment with %s is refused, naming the property", (_what, inputs, property, reason) => {
    expect(refusals("Deployment", inputs)).toMatchObject({ [property]: expect.stringMatching(reason) as string });
  });

  it.each<[string, Bag]>([
    ["the host's network", greeterDeployment({ pod: { hostNetwork: true } })],
    ["a hostPath volume", greeterDeployment({ pod: { volumes: [{ name: "greeting", hostPath: { path: "/" } }] } })],
    [
      "a persistent volume",
      greeterDeployment({ pod: { volumes: [{ name: "greeting", persistentVolumeClaim: { claimName: "x" } }] } }),
    ],
    ["a privileged container", greeterDeployment({ container: { securityContext: { privileged: true } } })],
    [
      "an added capability",
      greeterDeployment({ container: { securityContext: { capabilities: { add: ["NET_ADMIN"] } } } }),
    ],
    ["a gRPC probe", greeterDeployment({ container: { livenessProbe: { grpc: { port: 1 } } } })],
    ["a misspelt property", greeterDeployment({ container: { imagePulPolicy: "Always" } })],
    ["a UDP port", greeterDeployment({ container: { ports: [{ containerPort: 1, protocol: "UDP" }] } })],
  ])("a Deployment that needs %s is refused: it is not modelled", (_what, inputs) => {
    expect(refusals("Deployment", inputs)).not.toEqual({});
  });

  it.each<[string, string, Bag, string]>([
    [
      "a Service of type LoadBalancer",
      "Service",
      { ...greeterService, spec: { type: "LoadBalancer", ports: [{ port: 1 }] } },
      "spec.type",
    ],
    [
      "a Service address of another network",
      "Service",
      { metadata: { name: "s" }, spec: { clusterIP: "10.0.0.1", ports: [{ port: 1 }] } },
      "spec.clusterIP",
    ],
    [
      "unnamed ports beside others",
      "Service",
      { metadata: { name: "s" }, spec: { ports: [{ port: 1 }, { port: 2 }] } },
      "spec.ports.0.name",
    ],
    [
      "a Job that restarts always",
      "Job",
      shellJob("true", { pod: { restartPolicy: "Always" } }),
      "spec.template.spec.restartPolicy",
    ],
    [
      "a schedule that is none",
      "CronJob",
      {
        metadata: { name: "c" },
        spec: { schedule: "61 * * * *", jobTemplate: { spec: shellJob("true").spec as Value } },
      },
      "spec.schedule",
    ],
    [
      "an unknown time zone",
      "CronJob",
      {
        metadata: { name: "c" },
        spec: { schedule: "1 * * * *", timeZone: "Moon/Sea", jobTemplate: { spec: shellJob("true").spec as Value } },
      },
      "spec.timeZone",
    ],
    ["plain text where base64 belongs", "Secret", { metadata: { name: "s" }, data: { a: "geheim!" } }, "data.a"],
    [
      "a TLS Secret without its key",
      "Secret",
      { metadata: { name: "s" }, type: "kubernetes.io/tls", stringData: { "tls.crt": "x" } },
      "data.tls.key",
    ],
    ["a key that is no file name", "ConfigMap", { metadata: { name: "c" }, data: { "a/b": "x" } }, "data.a/b"],
    [
      "an autoscaler upside down",
      "HorizontalPodAutoscaler",
      {
        metadata: { name: "h" },
        spec: { scaleTargetRef: { kind: "Deployment", name: "d" }, minReplicas: 3, maxReplicas: 2 },
      },
      "spec.maxReplicas",
    ],
    [
      "a budget in two ways",
      "PodDisruptionBudget",
      { metadata: { name: "p" }, spec: { minAvailable: 1, maxUnavailable: 1 } },
      "spec.maxUnavailable",
    ],
  ])("%s is refused", (_what, name, inputs, property) => {
    expect(Object.keys(refusals(name, inputs))).toContain(property);
  });

  it("of stacks that run elsewhere may name programs and addresses that this machine does not have", () => {
    expect(refusals("Deployment", greeterDeployment({ container: { command: ["/usr/bin/nonesuch"] } }), paper)).toEqual(
      {},
    );
    expect(
      refusals("Service", { metadata: { name: "s" }, spec: { clusterIP: "10.0.0.1", ports: [{ port: 1 }] } }, paper),
    ).toEqual({});
  });

  it("may hold values that are only known later", () => {
    const refused = refusals(
      "Deployment",
      greeterDeployment({ container: { env: [{ name: "A", value: UNKNOWN }], command: ["sh", UNKNOWN] } }),
    );
    expect(refused).toEqual({});
    expect(
      refusals("Service", { metadata: { name: "s" }, spec: { selector: UNKNOWN, ports: [{ port: UNKNOWN }] } }),
    ).toEqual({});
  });

  it("without a name get one that stays, and are then replaced before the old one is deleted", () => {
    const first = checkInputs(cloud, kind("Secret"), { stringData: { a: "1" } }, { name: "login" });
    expect(first.metadata).toMatchObject({
      name: expect.stringMatching(/^login-[0-9a-f]{8}$/) as string,
      namespace: "default",
    });
    const second = checkInputs(cloud, kind("Secret"), { stringData: { a: "2" } }, { name: "login", prior: first });
    expect(second.metadata).toEqual(first.metadata);
    expect(kind("Secret").deleteBeforeReplace?.(first)).toBe(false);
    expect(kind("Secret").deleteBeforeReplace?.({ metadata: { name: "fixed" } })).toBe(true);
  });

  it.each<[string, string, Bag, Bag, string[]]>([
    ["a new name", "ConfigMap", { metadata: { name: "a" } }, { metadata: { name: "b" } }, ["metadata.name"]],
    [
      "content of an immutable ConfigMap",
      "ConfigMap",
      { immutable: true, data: { a: "1" } },
      { immutable: true, data: { a: "2" } },
      ["data.a"],
    ],
    ["content of a ConfigMap", "ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, ["data.a"]],
    ["content of a Secret", "Secret", { stringData: { a: "1" } }, { stringData: { a: "2" } }, ["stringData.a"]],
    [
      "labels of a ConfigMap",
      "ConfigMap",
      { metadata: { labels: { a: "1" } } },
      { metadata: { labels: { a: "2" } } },
      [],
    ],
    ["the type of a Secret", "Secret", { type: "Opaque" }, { type: "kubernetes.io/tls" }, ["type"]],
    [
      "a Deployment's selector",
      "Deployment",
      { spec: { selector: { matchLabels: { a: "1" } } } },
      { spec: { selector: { matchLabels: { a: "2" } } } },
      ["spec.selector.matchLabels.a"],
    ],
    [
      "a Deployment's template",
      "Deployment",
      { spec: { template: { spec: { hostname: "a" } } } },
      { spec: { template: { spec: { hostname: "b" } } } },
      [],
    ],
  ])("%s replaces the object exactly when Kubernetes would have it so", (_what, name, olds, news, replaced) => {
    const changes = diffResource(cloud, kind(name), olds, news);
    expect(changes).not.toEqual([]);
    expect(changes.filter(({ replace }) => replace).map(({ path }) => path)).toEqual(replaced);
  });

  it("keep their place with new content where the provider is told that they are mutable", () => {
    const replaced = (name: string, option: string, immutable: boolean) =>
      diff(kind(name), { immutable, data: { a: "1" } }, { immutable, data: { a: "2" } }, cloud, { [option]: "true" })
        .changes[0]?.replace;
    expect(replaced("ConfigMap", "enableConfigMapMutable", false)).toBe(false);
    expect(replaced("Secret", "enableSecretMutable", false)).toBe(false);
    expect(replaced("ConfigMap", "enableSecretMutable", false)).toBe(true);
    expect(replaced("ConfigMap", "enableConfigMapMutable", true)).toBe(true);
  });

  it("in a namespace that nobody registered are refused", () => {
    const naming = { name: "x", project: "p", stack: "s", auto: () => "x" };
    expect(() => kind("ConfigMap").identify({ metadata: { name: "x", namespace: "nowhere" } }, naming, cloud)).toThrow(
      'NotFound: namespaces "nowhere" not found',
    );
  });

  it("list what is accepted without effect, each with a reason", () => {
    expect(notEnforcedLocally.every(({ property, reason }) => property !== "" && reason !== "")).toBe(true);
  });
});
