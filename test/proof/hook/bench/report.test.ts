import type { Latencies, PhaseReport } from "../../../../proof/hook/bench/messages";
import { failures, renderReport, type BenchReport } from "../../../../proof/hook/bench/report";
import { mergePhases, type ContenderReport } from "../../../../proof/hook/bench/run-contender";
import { phaseOf } from "../../../../proof/hook/bench/the-hook";

const latencies = (max: number): Latencies => ({ count: 10, p50: 1, p99: 2, p999: 3, max });
const phase = (name: string, max: number, change: Partial<PhaseReport> = {}): PhaseReport => ({
  phase: name,
  seconds: 2,
  writes: latencies(max),
  writesFromSend: latencies(max),
  reads: latencies(1),
  errors: {},
  waits: {},
  clockLateMs: 1,
  ...change,
});
const contender = (name: string, phases: PhaseReport[], change: Partial<ContenderReport> = {}): ContenderReport => ({
  name,
  what: "what",
  appointments: 5_000_000,
  seconds: 10,
  phases,
  proof: { rows: 10, touched: 5, lost: 0, duplicated: 0, unexplained: 0 },
  remarks: ["remark"],
  failed: false,
  ...change,
});
const report = (contenders: ContenderReport[], small: ContenderReport | null = null): BenchReport => ({
  date: "2026-01-01",
  command: "npm run bench:hook",
  machine: "a machine",
  appointments: 5_000_000,
  writesPerSecond: 500,
  readsPerSecond: 200,
  contenders,
  small,
});

describe("phases of the same name", () => {
  it("become one with the worst latency, all operations, all errors and all waits; the warm-up is left out", () => {
    const [merged, ...others] = mergePhases([
      phase("warm-up", 900),
      phase("indexes", 5, { errors: { "40P01": 1 }, waits: { "Lock:tuple": 1 } }),
      phase("indexes", 50, { errors: { "40P01": 2, "57014": 1 }, waits: { "Lock:tuple": 2, CPU: 1 }, clockLateMs: 9 }),
    ]);
    expect(others).toEqual([]);
    expect(merged).toMatchObject({
      seconds: 4,
      writes: { count: 20, max: 50 },
      errors: { "40P01": 3, "57014": 1 },
      waits: { "Lock:tuple": 3, CPU: 1 },
      clockLateMs: 9,
    });
  });
});

describe("the report", () => {
  it("holds errors, wrong rows and a failed run against the hook, and against nobody else", () => {
    const errors = contender("hook", [phase("indexes", 5, { errors: { "40P01": 2 } })]);
    const rows = contender("hook, history whole", [phase("indexes", 5)], {
      proof: { rows: 10, touched: 5, lost: 1, duplicated: 2, unexplained: 0 },
    });
    const failed = contender("hook", [], { failed: true, remarks: ["it failed: no"] });
    const other = contender("pg_partman", [phase("move", 5, { errors: { "40P01": 2 } })], { failed: true });
    expect(failures(report([errors, rows, other], failed))).toEqual([
      "hook: 2 errors",
      "hook, history whole: 3 rows wrong",
      "hook: it failed: no",
    ]);
  });

  it("says where the hook's longest write was, and leaves the baseline out of it", () => {
    const text = renderReport(report([contender("hook", [phase("baseline", 500), phase("indexes", 60)])]));
    expect(text).toContain("took **60 ms** (indexes), within the target of 100 ms");
  });

  it("puts the small table beside the large one, phase by phase", () => {
    const large = contender("hook", [phase("baseline", 1), phase("partitions: cut-over", 40)]);
    const small = contender("hook", [phase("baseline", 1), phase("partitions: cut-over", 30)], {
      appointments: 500_000,
    });
    const text = renderReport(report([large], small));
    expect(text).toMatch(/\| partitions: cut-over \| +3\.0 \| +30 \| +3\.0 \| +40 \|/);
    expect(text).toContain("max, 500,000");
  });
});

describe("a line of the hook's log", () => {
  it.each<[string, string | null]>([
    [
      "part     partitions of public.appointments by appointment_date: copy of the rows in 38.7 s (5000000 rows)",
      "partitions: copy of the rows",
    ],
    ["done     [9/60] create partitions of public.appointments by appointment_date in 200 s (why)", "partitions: rest"],
    ["done     [3/60] create index idx_a on public.b in 12 ms (why)", "indexes"],
    ["done     [3/60] create role a in 12 ms (why)", "roles, grants, routines, analyse"],
    ["running  [3/60] create role a (no lock)", null],
    ["summary  52 applied", null],
  ])("%s ends the phase %s", (line, phaseName) => {
    expect(phaseOf(line)).toBe(phaseName);
  });
});
