import fc from "fast-check";
import { ConfigError, type ConfigProblem } from "../../../infra/config/config-error";
import { parseConfig } from "../../../infra/config/parse-config";
import { stackConfig } from "../../support/stack-config";

const valid: Record<string, string> = {
  "plinth:region": "eu-central-1",
  "plinth:accountId": "123456789012",
  "plinth:vpcId": "vpc-0a",
  "plinth:privateSubnets": JSON.stringify([
    { id: "subnet-0a", zone: "eu-central-1a" },
    { id: "subnet-0b", zone: "eu-central-1b" },
  ]),
  "plinth:eksClusterName": "clinic",
  "plinth:poolerTls": JSON.stringify({ secretName: "pgbouncer-tls" }),
};

function problemsOf(changes: Record<string, unknown>, removed: string[] = []): readonly ConfigProblem[] {
  const config = { ...valid };
  for (const [key, value] of Object.entries(changes))
    config[key] = typeof value === "string" ? value : JSON.stringify(value);
  for (const key of removed) delete config[key];
  try {
    parseConfig(config, "test");
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function problemAt(key: string, changes: Record<string, unknown>): ConfigProblem {
  const problems = problemsOf(changes);
  const found = problems.find((problem) => problem.key === key);
  if (!found)
    throw new Error(`nothing wrong with ${key}, only ${problems.map((p) => `${p.key} ${p.problem}`).join("; ")}`);
  return found;
}

describe("parsing a stack's configuration", () => {
  test("the smallest configuration is completed with production defaults", () => {
    const config = parseConfig(valid, "prod");
    expect(config.prefix).toBe("plinth-prod");
    expect(config.database).toMatchObject({
      multiAz: true,
      replicas: 2,
      deletionProtection: true,
      finalSnapshot: true,
    });
    expect(config.pooler).toMatchObject({ minPods: 2, maxPods: 4 });
    expect(config.namespace).toBe("plinth");
  });

  test.each(["prod", "dev"])("the stack %s of the repository parses", (stack) => {
    expect(parseConfig(stackConfig(stack), stack).stack).toBe(stack);
  });

  test("the local stack lacks only what is injected when it runs", () => {
    const local = stackConfig("local");
    expect(() => parseConfig(local, "local")).toThrow("1 problem:\n  plinth:poolerTls: is required");
    expect(
      parseConfig({ ...local, "plinth:poolerTls": valid["plinth:poolerTls"] ?? "" }, "local").pgbouncerVersion,
    ).toBe("1.18.0");
  });

  test("every stack of the repository has two replicas and Multi-AZ where data matters", () => {
    const parsed = ["prod", "dev", "local"].map(
      (stack) => parseConfig({ ...valid, ...stackConfig(stack) }, stack).database,
    );
    expect(parsed.map((database) => database.replicas)).toEqual([2, 2, 2]);
    expect(parsed.map((database) => database.multiAz)).toEqual([true, false, true]);
  });

  test.each(["Prod", "pr_12", "a--b", "-a", "a-very-long-name-of-a-stack"])(
    "a stack called %s is refused before AWS does",
    (stack) => {
      expect(() => parseConfig(valid, stack)).toThrow("the stack's name: cannot be part of names on AWS");
    },
  );

  test("keys of other namespaces are nobody's business here", () => {
    expect(problemsOf({ "aws:region": "us-east-1", "other:key": "x" })).toEqual([]);
  });

  test("everything that is required is asked for at once", () => {
    const keys = Object.keys(valid);
    expect(problemsOf({}, keys).map((problem) => [problem.key, problem.given, problem.problem])).toEqual(
      keys.map((key) => [key, "(not set)", "is required"]),
    );
  });

  test("all problems come in one error: unknown keys, bad types, impossible values and a budget that does not add up", () => {
    const problems = problemsOf({
      "plinth:databse": { instanceClass: "db.r7g.large" },
      "plinth:logRetentionDays": 8,
      "plinth:vpcId": "my-vpc",
      "plinth:database": { instanceClas: "x", replicas: "two", instanceClass: "db.t4g.micro" },
      "plinth:pooler": { settings: { pool_mod: "session", auth_type: "any" } },
      "plinth:thresholds": { "replica-lagg": 2 },
    });
    expect(problems.map((problem) => problem.key).sort()).toEqual([
      "plinth:database.instanceClas",
      "plinth:database.replicas",
      "plinth:databse",
      "plinth:logRetentionDays",
      "plinth:pooler.maxPods",
      "plinth:pooler.maxPods",
      "plinth:pooler.settings.auth_type",
      "plinth:pooler.settings.pool_mod",
      "plinth:thresholds.replica-lagg",
      "plinth:vpcId",
    ]);
  });

  test("the message names stack, key, value and cure", () => {
    expect(() => parseConfig({ ...valid, "plinth:databse": "{}" }, "prod")).toThrow(
      'The configuration of stack "prod" has 1 problem:\n' +
        "  plinth:databse: is not a key of this program\n" +
        "    given: (a key that nothing reads)\n" +
        '    cure:  did you mean "database"?',
    );
  });

  test("a private key never appears in a message", () => {
    const problems = problemsOf({ "plinth:poolerTls": { certificatePem: "x", privateKeyPem: "CANARY", extra: 1 } });
    expect(JSON.stringify(problems)).not.toContain("CANARY");
    expect(problems.map((problem) => problem.given)).toContain("(a secret)");
  });

  test.each([
    ["plinth:accountId", "12345", "12 digits"],
    ["plinth:region", "Frankfurt", "AWS region"],
    ["plinth:pgbouncerVersion", "latest", "PgBouncer version"],
    ["plinth:caBundle", "/etc/ca.pem", "PEM"],
    ["plinth:maintenanceSchedule", "hourly", "cron"],
    ["plinth:secretRecoveryWindowDays", 3, "must be 0, or 7 to 30"],
  ])("%s refuses %p", (key, value, sentence) => {
    expect(problemAt(key, { [key]: value }).problem).toContain(sentence);
  });

  test.each([
    ["plinth:database.backupWindow", { database: { backupWindow: "2-3" } }, "must look like"],
    ["plinth:database.caCertIdentifier", { database: { caCertIdentifier: "rds-ca-2019" } }, "invalid"],
    [
      "plinth:database.maxAllocatedStorageGiB",
      { database: { allocatedStorageGiB: 100, maxAllocatedStorageGiB: 105 } },
      "no room",
    ],
    ["plinth:database.instanceClass", { database: { instanceClass: "db.r7g.xlrge" } }, "not an instance class"],
    [
      "plinth:database.parameters.work_mm",
      { database: { parameters: { work_mm: 4 } } },
      "not in the parameter catalogue",
    ],
    ["plinth:database.parameters.rds.force_ssl", { database: { parameters: { "rds.force_ssl": 0 } } }, "must stay 1"],
    ["plinth:database.parameters.work_mem", { database: { parameters: { work_mem: 3 } } }, "outside 64 to"],
    [
      "plinth:database.parameters.work_mem",
      { database: { parameters: { work_mem: "4MB" } } },
      "neither a number nor an RDS formula",
    ],
    ["plinth:database.parameters.log_statement", { database: { parameters: { log_statement: "all" } } }, "not one of"],
    [
      "plinth:cache.engineVersion",
      { cache: { engine: "redis", engineVersion: "8.0" } },
      "not a version ElastiCache offers for redis",
    ],
    ["plinth:pooler.maxPods", { pooler: { minPods: 4, maxPods: 3 } }, "below minPods"],
    ["plinth:pooler.settings.min_pool_size", { pooler: { settings: { min_pool_size: 26 } } }, "larger than the pool"],
    [
      "plinth:pooler.settings.server_reset_query",
      { pooler: { settings: { server_reset_query: "a\nb" } } },
      "line break",
    ],
    ["plinth:images.node", { images: { node: "node" } }, "pinned tag"],
  ])("%s refuses %j", (key, groups, sentence) => {
    const changes = Object.fromEntries(Object.entries(groups).map(([group, value]) => [`plinth:${group}`, value]));
    expect(problemAt(key, changes).problem).toContain(sentence);
  });

  test("subnets of one zone cannot hold two replicas", () => {
    const subnets = ["subnet-0a", "subnet-0b"].map((id) => ({ id, zone: "eu-central-1a" }));
    expect(problemAt("plinth:privateSubnets", { "plinth:privateSubnets": subnets }).cure).toContain("two zones");
  });

  test("subnets of another region are refused", () => {
    expect(problemAt("plinth:privateSubnets", { "plinth:region": "eu-west-1" }).problem).toContain(
      "outside region eu-west-1",
    );
  });

  test("replicas of a smaller class are refused, because a standby with fewer connections stops replaying", () => {
    const database = { instanceClass: "db.r7g.xlarge", replicaInstanceClass: "db.r7g.large" };
    expect(problemAt("plinth:database.replicaInstanceClass", { "plinth:database": database }).problem).toContain(
      "stop replaying",
    );
  });

  test("replicas of a smaller class are fine once the numbers are fixed", () => {
    const database = {
      instanceClass: "db.r7g.xlarge",
      replicaInstanceClass: "db.r7g.large",
      maxConnections: 500,
      parameters: { max_worker_processes: 8 },
    };
    expect(problemsOf({ "plinth:database": database })).toEqual([]);
  });

  test("whatever a value is, the answer is a configuration or one ConfigError", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("database", "cache", "pooler", "privateSubnets", "images", "tags"),
        fc.json(),
        (key, text) => {
          try {
            parseConfig({ ...valid, [`plinth:${key}`]: text }, "test");
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
    );
  });
});
