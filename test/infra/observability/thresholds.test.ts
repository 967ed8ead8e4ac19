import { planAlarms, type Watched } from "../../../infra/observability/alarm-plan";
import { concerns, dashboardBody } from "../../../infra/observability/dashboards";
import { exporterMetricNames } from "../../../infra/observability/exporter-queries";
import { thresholdIds, thresholds } from "../../../infra/observability/thresholds";
import { postgresNamespace, type Threshold } from "../../../infra/observability/thresholds/threshold";

const facts = {
  maxConnections: 500,
  allocatedStorageBytes: 100 * 1024 ** 3,
  memoryBytes: 16 * 1024 ** 3,
  maxClientConnections: 1000,
};
const watched: Watched[] = [
  { scope: "primary", id: "plinth-prod-primary", facts },
  { scope: "replica", id: "plinth-prod-replica-1", facts },
  { scope: "pooler", id: "pgbouncer-rw", facts },
  { scope: "cacheNode", id: "plinth-prod-cache-001", facts },
];
const plan = planAlarms("plinth-prod", watched);

function row(id: string): Threshold {
  const found = thresholds.find((threshold) => threshold.id === id);
  if (!found) throw new Error(`no threshold ${id}`);
  return found;
}

describe("the table of thresholds", () => {
  // Success criteria and key performance indicators of the epic, with the number each names.
  test.each([
    ["All queries execute in <50ms (p95)", "slow-statements", "above", 0],
    ["Connection pool utilization <70%", "pool-utilization", "above", 70],
    ["Cache hit ratio >85%", "cache-hit-ratio", "below", 85],
    ["Database CPU usage <60% under normal load", "database-cpu", "above", 60],
    ["Zero deadlocks in production", "deadlocks", "above", 0],
    ["Read replica lag <1 second", "replica-lag", "above", 1],
    ["Connection wait time <10ms", "pool-wait", "above", 10],
  ])("guards the epic's %p", (criterion, id, comparison, limit) => {
    expect(row(id)).toMatchObject({ epic: criterion, comparison });
    expect(row(id).limit(facts)).toBe(limit);
  });

  test("watches everything the design lists", () => {
    expect(thresholdIds).toEqual(
      expect.arrayContaining([
        "database-connections",
        "database-storage",
        "database-memory",
        "database-disk-queue",
        "transaction-ids",
        "cache-evictions",
        "cache-replication-lag",
        "hook-failure",
        "partition-maintenance",
        "replication-stopped",
      ]),
    );
  });

  test("has each id once and a reason for each", () => {
    expect(new Set(thresholdIds).size).toBe(thresholdIds.length);
    for (const threshold of thresholds) expect(threshold.why.length).toBeGreaterThan(10);
  });

  test("never asks for more bad datapoints than it looks at, nor looks back for more than a day", () => {
    for (const { id, datapoints, periodSeconds } of thresholds) {
      const [bad, of] = datapoints;
      expect([id, bad <= of, of * periodSeconds <= 86_400]).toEqual([id, true, true]);
    }
  });

  test("uses of its own metrics only those that an exporter publishes", () => {
    const sources = thresholds.flatMap(({ source }) =>
      "metrics" in source ? Object.values(source.metrics) : [source],
    );
    const own = sources.filter((source) => source.namespace === postgresNamespace).map((source) => source.metric);
    for (const metric of own) expect(exporterMetricNames).toContain(metric);
  });
});

describe("planned alarms", () => {
  test("names are unique and start with the stack", () => {
    const names = plan.map((alarm) => alarm.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => name.startsWith("plinth-prod-"))).toBe(true);
  });

  test("an instance threshold applies to primary and replicas, a replica threshold to replicas only", () => {
    const targets = (id: string) => plan.filter((alarm) => alarm.threshold.id === id).map((alarm) => alarm.target);
    expect(targets("database-cpu")).toEqual(["plinth-prod-primary", "plinth-prod-replica-1"]);
    expect(targets("replica-lag")).toEqual(["plinth-prod-replica-1"]);
    expect(targets("transaction-ids")).toEqual(["plinth-prod-primary"]);
  });

  test("metrics carry the dimension that their namespace files them under", () => {
    const dimension = (name: string) => plan.find((alarm) => alarm.name === name)?.metrics[0]?.dimensions;
    expect(dimension("plinth-prod-primary-database-cpu")).toEqual({ DBInstanceIdentifier: "plinth-prod-primary" });
    expect(dimension("plinth-prod-primary-deadlocks")).toEqual({ target: "plinth-prod-primary" });
    expect(dimension("plinth-prod-pgbouncer-rw-pool-queue")).toEqual({ target: "pgbouncer-rw" });
    expect(dimension("plinth-prod-cache-001-cache-cpu")).toEqual({
      CacheClusterId: "plinth-prod-cache-001",
      CacheNodeId: "0001",
    });
  });

  test("limits that are shares follow the sizes of the stack", () => {
    const limit = (id: string) => plan.find((alarm) => alarm.threshold.id === id)?.limit;
    expect(limit("database-connections")).toBe(400);
    expect(limit("database-storage")).toBe(10 * 1024 ** 3);
    expect(limit("pool-clients")).toBe(800);
  });

  test("a limit given by configuration wins", () => {
    const [alarm] = planAlarms("plinth-prod", watched, { "database-cpu": 75 });
    expect([alarm?.threshold.id, alarm?.limit]).toEqual(["database-cpu", 75]);
  });
});

describe("dashboards", () => {
  test("every threshold is on exactly one", () => {
    expect(concerns.flatMap((concern) => concern.thresholds).sort()).toEqual([...thresholdIds].sort());
  });

  test.each(concerns.map((concern) => [concern.id, concern] as const))(
    "%s shows every alarm's target and limit",
    (_id, concern) => {
      const body = dashboardBody(concern, plan, ["plinth-prod-primary"], "eu-central-1");
      const { widgets } = JSON.parse(body) as {
        widgets: { type: string; x: number; y: number; properties: { metrics?: unknown[] } }[];
      };
      expect(widgets).toHaveLength(1 + concern.thresholds.length + (concern.slowQueryLog ? 1 : 0));
      expect(new Set(widgets.map(({ x, y }) => `${x},${y}`)).size).toBe(widgets.length);
      for (const alarm of plan.filter(({ threshold }) => concern.thresholds.includes(threshold.id))) {
        expect(body).toContain(`"label":"${alarm.target}"`);
        expect(body).toContain(`"value":${alarm.limit}`);
      }
    },
  );

  test("math keeps each target's metrics apart", () => {
    const connections = concerns.find((concern) => concern.id === "connections");
    const two = planAlarms("plinth-prod", [...watched, { scope: "pooler", id: "pgbouncer-ro", facts }]);
    const body = connections ? dashboardBody(connections, two, [], "eu-central-1") : "";
    expect(body).toContain("100 * active0 / (size0 + 0.001)");
    expect(body).toContain("100 * active1 / (size1 + 0.001)");
  });

  test("the slow query log reads the logs of every instance", () => {
    const queries = concerns.find((concern) => concern.slowQueryLog);
    const body = queries ? dashboardBody(queries, plan, ["a", "b"], "eu-central-1") : "";
    expect(body).toContain("SOURCE '/aws/rds/instance/a/postgresql' | SOURCE '/aws/rds/instance/b/postgresql'");
  });
});
