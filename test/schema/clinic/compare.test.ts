import { compareMeasurements, geometricMean, renderComparison } from "../../../schema/clinic/compare";
import { percentile, type Measurement } from "../../../schema/clinic/measure";
import { summarizePlan, wholeIndexName } from "../../../schema/clinic/plan-summary";

const explained = [
  {
    Plan: {
      "Node Type": "Append",
      "Shared Hit Blocks": 7,
      "Shared Read Blocks": 3,
      Plans: [
        {
          "Node Type": "Index Scan",
          "Relation Name": "appointments_p2026_01",
          "Index Name": "appointments_p2026_01_idx_a",
          "Actual Loops": 1,
        },
        { "Node Type": "Seq Scan", "Relation Name": "appointments_p2026_02", "Actual Loops": 1 },
        { "Node Type": "Seq Scan", "Relation Name": "appointments_p2026_03", "Actual Loops": 0 },
      ],
    },
    "Planning Time": 0.5,
    "Execution Time": 1.5,
  },
];
const plan = summarizePlan(explained);
const measured = (name: string, p50Ms: number): Measurement => ({
  name,
  purpose: "p",
  runs: 7,
  p50Ms,
  p95Ms: p50Ms * 2,
  plan,
});

describe("a plan's summary", () => {
  it("counts what ran and leaves out what was never started", () => {
    expect(plan).toEqual({
      nodes: ["Append", "Index Scan", "Seq Scan"],
      indexes: ["idx_a"],
      relationsScanned: 2,
      sequentialScans: ["appointments_p2026_02"],
      buffers: 10,
      planningMs: 0.5,
      executionMs: 1.5,
    });
  });

  it("names a partition's index by the index it is part of", () => {
    expect(wholeIndexName("appointments_p2026_11_idx_appointments_active")).toBe("idx_appointments_active");
    expect(wholeIndexName("appointments_default_pkey")).toBe("appointments_pkey");
    expect(wholeIndexName("idx_patients_search")).toBe("idx_patients_search");
  });
});

describe("a comparison", () => {
  it("is the ratio of the medians, paired by name", () => {
    const rows = compareMeasurements([measured("a", 100), measured("gone", 1)], [measured("a", 4)]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ name: "a", beforeP50Ms: 100, afterP95Ms: 8, speedUp: 25 });
  });

  it("is rendered with one line a query and the geometric mean last", () => {
    const rows = compareMeasurements(
      [measured("a", 100), measured("longer-name", 9)],
      [measured("a", 1), measured("longer-name", 9)],
    );
    const lines = renderComparison(rows).split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(
      /^a {12}.* 100 .* 1\.00 .* 100× {2}idx_a; seq scan of appointments_p2026_02; 2 tables, 10 pages$/,
    );
    expect(lines[3]).toBe("geometric mean 10× faster; slowest p95 now 18 ms; 0 of 2 slower than before");
  });

  it("uses nearest-rank percentiles and a true geometric mean", () => {
    expect(percentile([5, 1, 3, 2, 4], 0.5)).toBe(3);
    expect(percentile([5, 1, 3, 2, 4], 0.95)).toBe(5);
    expect(geometricMean([1, 100])).toBeCloseTo(10);
  });
});
