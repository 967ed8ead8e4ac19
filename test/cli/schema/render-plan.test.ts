import { planExitCode, type PlannedStep } from "../../../cli/schema/planned";
import { about, renderPlan, size } from "../../../cli/schema/render-plan";

const step = (change: Partial<PlannedStep>): PlannedStep => ({
  action: "create",
  kind: "index",
  object: "index public.idx_visits",
  reason: "counts a day",
  lock: "share update exclusive: reads and writes go on",
  estimate: { bytes: 107_000_000, seconds: 5 },
  ...change,
});
const keep = step({ action: "keep", object: "index public.idx_kept", lock: "none", estimate: null });

describe("the plan as a person reads it", () => {
  it("says what, why, how big, how long and what it locks", () => {
    expect(renderPlan([step({}), keep], { title: "schema of clinic", all: false, width: 100 }).split("\n")).toEqual([
      "schema of clinic",
      "  + create   index public.idx_visits",
      "             counts a day",
      "             about 107 MB, 5 s; lock: share update exclusive: reads and writes go on",
      "1 to create, 0 to replace, 0 to drop, 0 adopted, 1 as wanted, 0 pending, 0 refused: 'plinth schema apply' does it",
    ]);
  });

  it("shows what is as wanted only when asked, and says when there is nothing to do", () => {
    const brief = renderPlan([keep], { title: "t", all: false, width: 80 });
    expect(brief).not.toContain("idx_kept");
    expect(brief).toContain("nothing to do");
    expect(renderPlan([keep], { title: "t", all: true, width: 80 })).toContain("idx_kept");
  });

  it("keeps within a narrow terminal", () => {
    const text = renderPlan([step({ reason: "a long reason ".repeat(12).trim() })], {
      title: "t",
      all: false,
      width: 60,
    });
    const notes = text.split("\n").slice(2, -1);
    expect(Math.max(...notes.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it("writes sizes and times roughly", () => {
    expect([size(0), size(999), size(1234), size(56_700_000), size(3.2e9)]).toEqual([
      "0 B",
      "999 B",
      "1.2 kB",
      "57 MB",
      "3.2 GB",
    ]);
    expect(about(step({ estimate: { bytes: 0, seconds: 0.2 } }))).toBe("under 1 s");
    expect(about(step({ estimate: null }))).toBeNull();
  });
});

describe("the exit code of a plan", () => {
  it("is 0 for nothing to do, 2 for changes, 1 when a person must decide", () => {
    expect(planExitCode([keep, step({ action: "pending" }), step({ action: "adopt" })])).toBe(0);
    expect(planExitCode([keep, step({ action: "replace" })])).toBe(2);
    expect(planExitCode([step({}), step({ action: "refused" })])).toBe(1);
  });
});
