import { canary, isSecret, runProgram, unwrap, type ProgramRun } from "../support/infra-program";
import { stackConfig } from "../support/stack-config";

const tls = {
  certificatePem: `-----BEGIN CERTIFICATE-----`,
  privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${canary}`,
};
const runs = new Map<string, Promise<ProgramRun>>();

/** One run of each stack for all tests: loading the SDKs in a module world of their own takes seconds. */
function runOf(stack: string): Promise<ProgramRun> {
  const extra: Record<string, string> = stack === "local" ? { "plinth:poolerTls": JSON.stringify(tls) } : {};
  const run = runs.get(stack) ?? runProgram(stack, { ...stackConfig(stack), ...extra });
  runs.set(stack, run);
  return run;
}

/** Paths under `value` at which the canary stands outside any secret. */
function leaks(value: unknown, path: string): string[] {
  if (isSecret(value)) return [];
  if (typeof value === "string") return value.includes(canary) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => leaks(child, `${path}.${key}`));
}

describe("the program on stack prod", () => {
  let run: ProgramRun;
  beforeAll(async () => {
    run = await runOf("prod");
  });

  test("registers what the architecture promises", () => {
    const counts = Object.fromEntries(
      [
        "aws:rds/instance:Instance",
        "aws:rds/parameterGroup:ParameterGroup",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:elasticache/user:User",
        "aws:kms/key:Key",
        "aws:secretsmanager/secret:Secret",
        "aws:sns/topic:Topic",
        "aws:cloudwatch/dashboard:Dashboard",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:batch/v1:Job",
        "kubernetes:batch/v1:CronJob",
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        "kubernetes:policy/v1:PodDisruptionBudget",
        "random:index/randomPassword:RandomPassword",
      ].map((type) => [type, run.ofType(type).length]),
    );
    expect(counts).toEqual({
      "aws:rds/instance:Instance": 3,
      "aws:rds/parameterGroup:ParameterGroup": 2,
      "aws:elasticache/replicationGroup:ReplicationGroup": 1,
      "aws:elasticache/user:User": 2,
      "aws:kms/key:Key": 4,
      "aws:secretsmanager/secret:Secret": 5,
      "aws:sns/topic:Topic": 1,
      "aws:cloudwatch/dashboard:Dashboard": 6,
      "kubernetes:apps/v1:Deployment": 5,
      "kubernetes:batch/v1:Job": 1,
      "kubernetes:batch/v1:CronJob": 1,
      "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": 3,
      "kubernetes:policy/v1:PodDisruptionBudget": 2,
      "random:index/randomPassword:RandomPassword": 6,
    });
  });

  test("the primary is Multi-AZ, encrypted under its own key, private, backed up and protected", () => {
    expect(run.named("aws:rds/instance:Instance", "database-primary").inputs).toMatchObject({
      identifier: "plinth-prod-primary",
      engine: "postgres",
      multiAz: true,
      storageType: "gp3",
      storageEncrypted: true,
      kmsKeyId: "arn:aws:::database-data-key",
      publiclyAccessible: false,
      iamDatabaseAuthenticationEnabled: true,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: "arn:aws:::database-data-key",
      monitoringInterval: 15,
      enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
      backupRetentionPeriod: 30,
      deletionProtection: true,
      skipFinalSnapshot: false,
      databaseInsightsMode: "advanced",
      performanceInsightsRetentionPeriod: 465,
      finalSnapshotIdentifier: "plinth-prod-primary-final-0a1b2c3d",
      deleteAutomatedBackups: false,
      autoMinorVersionUpgrade: true,
      allowMajorVersionUpgrade: false,
      applyImmediately: false,
      copyTagsToSnapshot: true,
      caCertIdentifier: "rds-ca-rsa2048-g1",
      dbName: "clinic",
      username: "plinth_admin",
    });
  });

  test("replicas stand in distinct zones and stream from the primary", () => {
    const replicas = run
      .ofType("aws:rds/instance:Instance")
      .filter(({ inputs }) => inputs["replicateSourceDb"] !== undefined);
    expect(replicas.map(({ inputs }) => [inputs["replicateSourceDb"], inputs["availabilityZone"]])).toEqual([
      ["plinth-prod-primary", "eu-central-1a"],
      ["plinth-prod-primary", "eu-central-1b"],
    ]);
  });

  test("a replica is told nothing that a same-region replica inherits", () => {
    const { inputs } = run.named("aws:rds/instance:Instance", "database-replica-1");
    for (const inherited of [
      "engine",
      "engineVersion",
      "username",
      "password",
      "dbName",
      "dbSubnetGroupName",
      "kmsKeyId",
      "allocatedStorage",
    ])
      expect(inputs).not.toHaveProperty(inherited);
    expect(inputs).toMatchObject({ skipFinalSnapshot: true, backupRetentionPeriod: 0 });
  });

  test("a replica is no weaker than the primary in anything that guards the data", () => {
    const primary = run.named("aws:rds/instance:Instance", "database-primary").inputs;
    const replica = run.named("aws:rds/instance:Instance", "database-replica-2").inputs;
    for (const key of [
      "storageEncrypted",
      "publiclyAccessible",
      "vpcSecurityGroupIds",
      "caCertIdentifier",
      "iamDatabaseAuthenticationEnabled",
      "enabledCloudwatchLogsExports",
      "monitoringInterval",
      "performanceInsightsKmsKeyId",
      "deletionProtection",
    ])
      expect([key, replica[key]]).toEqual([key, primary[key]]);
  });

  test("the groups of primary and replicas agree on what a standby needs", () => {
    const [primary, replica] = run.ofType("aws:rds/parameterGroup:ParameterGroup").map(({ inputs }) => {
      const parameters = inputs["parameters"] as { name: string; value: string }[];
      return Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
    });
    for (const name of [
      "max_connections",
      "max_worker_processes",
      "max_wal_senders",
      "max_prepared_transactions",
      "max_locks_per_transaction",
    ])
      expect([name, replica?.[name]]).toEqual([name, primary?.[name]]);
  });

  test("the log groups of every instance are declared with retention and key", () => {
    const groups = run.ofType("aws:cloudwatch/logGroup:LogGroup");
    for (const { inputs } of groups)
      expect(inputs).toMatchObject({ retentionInDays: 2192, kmsKeyId: expect.stringContaining("arn:") as string });
    const names = groups.map(({ inputs }) => inputs["name"]);
    for (const id of run.exports["instances"] as string[])
      for (const log of ["postgresql", "upgrade"]) expect(names).toContain(`/aws/rds/instance/${id}/${log}`);
  });

  test("only pods of the cluster reach the data, by reference, on one port each", () => {
    const rules = run.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").map(({ inputs }) => inputs);
    expect(
      rules.map((rule) => [rule["referencedSecurityGroupId"], rule["fromPort"], rule["toPort"], rule["ipProtocol"]]),
    ).toEqual([
      ["sg-0c1c1c1c", 5432, 5432, "tcp"],
      ["sg-0c1c1c1c", 6379, 6379, "tcp"],
    ]);
    for (const { inputs } of run.ofType("aws:ec2/securityGroup:SecurityGroup")) {
      expect(inputs).not.toHaveProperty("ingress");
      expect(inputs).not.toHaveProperty("egress");
    }
  });

  test("the cache fails over by itself, speaks TLS only, and knows one user", () => {
    expect(run.named("aws:elasticache/replicationGroup:ReplicationGroup", "cache-group").inputs).toMatchObject({
      numCacheClusters: 3,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      userGroupIds: ["plinth-prod-users"],
      snapshotRetentionLimit: 7,
      autoMinorVersionUpgrade: true,
    });
    expect(run.named("aws:elasticache/user:User", "cache-default-user").inputs).toMatchObject({
      userName: "default",
      accessString: "off ~* -@all",
    });
  });

  test("deleting a store leaves a snapshot that the next life of the stack will not meet", () => {
    expect(run.named("aws:elasticache/replicationGroup:ReplicationGroup", "cache-group").inputs).toMatchObject({
      finalSnapshotIdentifier: "plinth-prod-cache-final-0a1b2c3d",
    });
    expect(run.ofType("random:index/randomId:RandomId").map(({ name }) => name)).toEqual([
      "database-final-snapshot",
      "cache-final-snapshot",
    ]);
  });

  test("RDS sends the events of this stack only, and of all of it", () => {
    const sources = run
      .ofType("aws:rds/eventSubscription:EventSubscription")
      .map(({ inputs }) => [inputs["sourceType"], inputs["sourceIds"]]);
    expect(Object.fromEntries(sources)).toEqual({
      "db-instance": run.exports["instances"],
      "db-parameter-group": ["plinth-prod-primary-postgres17", "plinth-prod-replica-postgres17"],
    });
  });

  test("keys rotate and wait thirty days before they are deleted", () => {
    for (const { inputs } of run.ofType("aws:kms/key:Key"))
      expect(inputs).toMatchObject({
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: expect.stringContaining("Statement") as string,
      });
  });

  test("every alarm tells the topic when it begins and when it ends", () => {
    const alarms = run.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    expect(alarms.length).toBe((run.exports["alarms"] as string[]).length);
    for (const { inputs } of alarms)
      expect(inputs).toMatchObject({
        actionsEnabled: true,
        alarmActions: ["arn:aws:::alerting-topic"],
        okActions: ["arn:aws:::alerting-topic"],
      });
  });

  test("every pod is restricted: not root, no privileges, nothing writable but memory", () => {
    const pods = podSpecs(run);
    expect(pods.length).toBe(7);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      });
      for (const container of pod.containers)
        expect(container).toMatchObject({
          image: expect.stringMatching(/:[\w.-]+$/) as string,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          resources: {
            requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
            limits: { memory: expect.any(String) as string },
          },
        });
    }
  });

  test("every pod that runs has a network policy that selects it", () => {
    const selected = run
      .ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
      .map(
        ({ inputs }) =>
          (inputs["spec"] as { podSelector: { matchLabels: Record<string, string> } }).podSelector.matchLabels,
      );
    for (const labels of podLabels(run))
      expect(selected.some((wanted) => Object.entries(wanted).every(([key, value]) => labels[key] === value))).toBe(
        true,
      );
  });

  test("whatever listens in a pod listens on the pod's own address", () => {
    for (const pod of podSpecs(run))
      for (const container of pod.containers.filter((candidate) => candidate.ports))
        expect(JSON.stringify([container.args, container.command])).toMatch(/POD_IP/);
  });

  test("the hook goes straight to the primary and is named after what it would apply", () => {
    const { inputs } = run.named("kubernetes:batch/v1:Job", "hook-job");
    expect(JSON.stringify(inputs)).toContain('{"name":"PGHOST","value":"plinth-prod-primary.abc.rds.amazonaws.com"}');
    expect(inputs).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^plinth-hook-[0-9a-f]{10}$/) as string,
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
    });
    expect(inputs["spec"]).not.toHaveProperty("ttlSecondsAfterFinished");
  });

  test("upkeep never runs twice at a time", () => {
    expect(run.named("kubernetes:batch/v1:CronJob", "hook-maintenance").inputs["spec"]).toMatchObject({
      concurrencyPolicy: "Forbid",
    });
  });

  test("each pooler leads to its role and its pods roll when its configuration changes", () => {
    const ini = (pooler: string) =>
      String(
        (run.named("kubernetes:core/v1:ConfigMap", `${pooler}-config`).inputs["data"] as Record<string, string>)[
          "pgbouncer.ini"
        ],
      );
    expect(ini("pgbouncer-rw")).toContain("host=plinth-prod-primary.abc.rds.amazonaws.com port=5432");
    for (const replica of [1, 2])
      expect(ini(`pgbouncer-ro-${replica}`)).toContain(
        `host=plinth-prod-replica-${replica}.abc.rds.amazonaws.com port`,
      );
    const deployment = run.named("kubernetes:apps/v1:Deployment", "pgbouncer-rw-deployment").inputs;
    expect(JSON.stringify(deployment)).toMatch(/"plinth.dev\/config-digest":"[0-9a-f]{10}"/);
    expect(JSON.stringify(deployment)).toMatch(/"configMap":\{"name":"pgbouncer-rw-[0-9a-f]{10}"\}/);
  });

  test("endpoints are one secret of complete URLs", () => {
    expect(run.endpointsAreSecret).toBe(true);
    const password = `${canary}-credentials-application-0123456789`;
    const query = "clinic?sslmode=verify-full";
    expect(run.endpoints).toEqual({
      writer: `postgresql://clinic_app:${password}@plinth-prod-primary.abc.rds.amazonaws.com:5432/${query}`,
      readers: [1, 2].map(
        (n) => `postgresql://clinic_app:${password}@plinth-prod-replica-${n}.abc.rds.amazonaws.com:5432/${query}`,
      ),
      poolerRw: `postgresql://clinic_app:${password}@pgbouncer-rw.plinth.svc.cluster.local:6432/${query}`,
      poolerRo: `postgresql://clinic_app:${password}@pgbouncer-ro.plinth.svc.cluster.local:6432/${query}`,
      cache: `rediss://clinic_app:${canary}-credentials-cache-0123456789@master.plinth-prod-cache.abc.cache.amazonaws.com:6379`,
    });
  });
});

describe("what differs between stacks is configuration only", () => {
  const types = (run: ProgramRun) => [...new Set(run.resources.map((resource) => resource.type))].sort();

  test.each(["dev", "local"])("%s registers the same types as prod, less the people to tell", async (stack) => {
    const [prod, other] = [await runOf("prod"), await runOf(stack)];
    expect(types(other)).toEqual(types(prod).filter((type) => type !== "aws:sns/topicSubscription:TopicSubscription"));
  });

  test("a pooler is reached by its address only where configuration fixes the address", async () => {
    const pooler = { clusterIps: { rw: "10.100.0.1", ro: "10.100.0.2" } };
    const { endpoints } = await runProgram("prod", {
      ...stackConfig("prod"),
      "plinth:pooler": JSON.stringify(pooler),
    });
    expect(endpoints).toMatchObject({
      poolerRw: expect.stringContaining("@10.100.0.1:6432/") as string,
      poolerRo: expect.stringContaining("@10.100.0.2:6432/") as string,
    });
  });

  test("an older PgBouncer gets what it knows, and the log says what it lacks", async () => {
    const run = await runOf("local");
    expect(run.logs).toContain(
      "PgBouncer 1.18.0 does not know max_prepared_statements (since 1.21.0); it runs without it",
    );
  });

  test("a wrong configuration registers nothing and throws every problem", async () => {
    const wrong = { ...stackConfig("prod"), "plinth:databse": "{}", "plinth:accountId": "1" };
    await expect(runProgram("prod", wrong)).rejects.toThrow(/2 problems:[^]*plinth:accountId[^]*plinth:databse/);
  });
});

test.each(["prod", "local"])(
  "no password or key of stack %s appears outside a secret: inputs, outputs, logs",
  async (stack) => {
    const run = await runOf(stack);
    expect(run.resources.flatMap(({ type, name, inputs }) => leaks(inputs, `${type} ${name}`))).toEqual([]);
    expect([...run.registeredOutputs].flatMap(([type, outputs]) => leaks(outputs, type))).toEqual([]);
    expect(leaks(run.exports, "exports")).toEqual([]);
    expect(run.logs.filter((line) => line.includes(canary))).toEqual([]);
  },
);

interface PodSpec {
  containers: { ports?: unknown; args?: unknown; command?: unknown }[];
}

interface Workload {
  template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
}

function workloads(run: ProgramRun): Workload[] {
  const direct = [...run.ofType("kubernetes:apps/v1:Deployment"), ...run.ofType("kubernetes:batch/v1:Job")];
  const scheduled = run.ofType("kubernetes:batch/v1:CronJob");
  return [
    ...direct.map(({ inputs }) => unwrap(inputs["spec"]) as Workload),
    ...scheduled.map(({ inputs }) => (unwrap(inputs["spec"]) as { jobTemplate: { spec: Workload } }).jobTemplate.spec),
  ];
}

const podSpecs = (run: ProgramRun): PodSpec[] => workloads(run).map(({ template }) => template.spec);
const podLabels = (run: ProgramRun): Record<string, string>[] =>
  workloads(run).map(({ template }) => template.metadata.labels);
