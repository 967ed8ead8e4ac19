import { partitionsRead, type Observation } from "../../../proof/query-plans/observe";
import { pair, shortcomings } from "../../../proof/query-plans/verdict";
import type { ClinicQuery } from "../../../schema/clinic/queries";

const query: ClinicQuery = { name: "q", purpose: "p", sql: "select 1", parameters: "select 1" };
const observed = (p50Ms: number, p95Ms = p50Ms): Observation => ({
  name: "q",
  runs: 5,
  p50Ms,
  p95Ms,
  summary: "",
  plan: "",
  parameters: [],
  partitions: null,
});
const judged = (before: Observation, after: Observation, changed: Partial<ClinicQuery> = {}) =>
  shortcomings(pair([{ ...query, ...changed }], [before], [after]));

describe("the verdict on the clinic's queries", () => {
  it("finds nothing wrong with a query that became fast", () => {
    expect(judged(observed(100), observed(10))).toEqual([]);
  });

  it("names a query that takes 50 ms or more, however much faster it became", () => {
    expect(judged(observed(5000), observed(10, 50))).toEqual(["q takes 50 ms (p95), 50 are wanted"]);
  });

  it("wants a reason for a query that is not twice as fast, and takes one", () => {
    expect(judged(observed(10), observed(6))).toEqual([
      "q is only 1.7 times as fast, and its whyNotFaster in queries.ts is missing",
    ]);
    expect(judged(observed(10), observed(6), { whyNotFaster: "it reads one row either way" })).toEqual([]);
  });

  it("refuses to judge what was not measured on both sides", () => {
    expect(() => pair([query], [observed(1)], [])).toThrow("q was not observed twice");
  });
});

describe("the partitions a plan reads", () => {
  const leaves = ["a_p1", "a_p2", "a_p3"].map((leaf) => ({ parent: "a", leaf }));

  it("are those of nodes that ran, of all the table has", () => {
    const plan = [
      "Append",
      "  ->  Seq Scan on a_p1 a_1  (actual time=0 rows=1 loops=1)",
      "  ->  Bitmap Heap Scan on a_p2 a_2  (actual time=0 rows=1 loops=1)",
      "        ->  Bitmap Index Scan on a_p2_idx  (actual time=0 rows=1 loops=1)",
      "  ->  Seq Scan on a_p3 a_3  (never executed)",
    ].join("\n");
    expect(partitionsRead(plan, leaves)).toEqual({ read: 2, total: 3 });
  });

  it("are none of anything for a table without partitions", () => {
    expect(partitionsRead("Seq Scan on b", leaves)).toBeNull();
  });
});
