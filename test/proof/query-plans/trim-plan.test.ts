import { trimPlan } from "../../../proof/query-plans/trim-plan";

const partition = (name: string, ran: string) => [
  `  ->  Index Scan using ${name}_idx on ${name} appointments_1  (cost=0.14..2.36 rows=1 width=8) (${ran})`,
  "        Index Cond: (patient_id = '7'::bigint)",
];
const ran = "actual time=0.01..0.02 rows=1 loops=1";
const tail = ["Planning Time: 1.000 ms", "Execution Time: 2.000 ms"];

describe("a plan in the document", () => {
  it("shows two partitions of each kind, counts the others, and keeps the server's times", () => {
    const plan = [
      `Append  (cost=0.00..1.00 rows=1 width=8) (${ran})`,
      ...["p2026_01", "p2026_02", "p2026_03", "p2026_04"].flatMap((month) => partition(`appointments_${month}`, ran)),
      ...["p2026_05", "p2026_06", "p2026_07"].flatMap((month) => partition(`appointments_${month}`, "never executed")),
      ...tail,
    ].join("\n");
    const trimmed = trimPlan(plan).split("\n");
    expect(trimmed).toContain("  … 2 more partitions alike");
    expect(trimmed).toContain("  … 1 more partition never executed");
    expect(trimmed.filter((line) => line.includes("Index Cond"))).toHaveLength(4);
    expect(trimmed.slice(-2)).toEqual(tail);
  });

  it("stays whole when nothing repeats", () => {
    const plan = [
      `Nested Loop  (cost=0.00..1.00 rows=1 width=8) (${ran})`,
      `  ->  Index Scan using a_idx on patients  (cost=0.14..2.36 rows=1 width=8) (${ran})`,
      `  ->  Index Scan using a_idx on patients  (cost=0.14..2.36 rows=1 width=8) (${ran})`,
      `  ->  Index Scan using a_idx on patients  (cost=0.14..2.36 rows=1 width=8) (${ran})`,
      ...tail,
    ].join("\n");
    expect(trimPlan(plan)).toBe(plan);
  });

  it("cuts lines that no page would hold", () => {
    const [line = ""] = trimPlan(`Seq Scan on a  (cost=1) ${"x".repeat(500)}`).split("\n");
    expect(line).toHaveLength(150);
    expect(line.endsWith("…")).toBe(true);
  });
});
