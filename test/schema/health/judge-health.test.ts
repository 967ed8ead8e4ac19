import { judgeHealth, type HealthFacts } from "../../../schema/health/judge-health";

const HOUR = 3_600_000;
const set = (change: Partial<HealthFacts["partitions"][number]> = {}) => ({
  parent: "public.visits",
  premakeWanted: 6,
  premade: 6,
  defaultPartition: "visits_default",
  defaultHoldsRows: false,
  lastMaintainedMs: 100 * HOUR,
  ...change,
});
const facts = (change: Partial<HealthFacts>): HealthFacts => ({
  nowMs: 101 * HOUR,
  partitions: [set()],
  invalidIndexes: [],
  openConversions: [],
  ...change,
});
const said = (change: Partial<HealthFacts>) =>
  judgeHealth(facts(change)).map(({ severity, what }) => `${severity}: ${what}`);

describe("the health of partitions and indexes", () => {
  it("has nothing to say when all is well, also right after a month began and before the first maintenance", () => {
    expect(said({})).toEqual([]);
    expect(said({ partitions: [set({ premade: 5 })] })).toEqual([]);
    expect(said({ partitions: [set({ lastMaintainedMs: null })] })).toEqual([]);
  });

  it("tells of rows in a default partition", () => {
    expect(said({ partitions: [set({ defaultHoldsRows: true })] })).toEqual([
      "high: the default partition holds rows: no partition can be made for their range",
    ]);
  });

  it("tells of partitions that are missing ahead", () => {
    expect(said({ partitions: [set({ premade: 4 })] })).toEqual([
      "high: 4 partitions are ready ahead of now, 6 are wanted",
    ]);
  });

  it("tells of maintenance that is a day late, not of an hour", () => {
    expect(said({ nowMs: 124 * HOUR })).toEqual([]);
    expect(said({ nowMs: 125 * HOUR })).toEqual(["medium: its last maintenance was 25 hours ago"]);
  });

  it("tells of invalid indexes and of conversions that stand half-way, each with a cure", () => {
    const findings = judgeHealth(
      facts({
        invalidIndexes: [{ index: "idx", table: "visits" }],
        openConversions: [{ table: "public.visits", phase: "copied" }],
      }),
    );
    expect(findings.map(({ object }) => object)).toEqual(["idx", "public.visits"]);
    expect(findings.every(({ cure }) => cure.length > 10)).toBe(true);
  });
});
