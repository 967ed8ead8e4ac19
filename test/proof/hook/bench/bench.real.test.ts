import { bench } from "../../../../proof/hook/bench/bench";
import { errorCount, failures, renderReport, worstWriteMs, wrongRows } from "../../../../proof/hook/bench/report";

describe("the bench of the hook, small", () => {
  it("sees no error and no wrong row under 500 writes a second, and a plain CREATE INDEX stall them for longer", async () => {
    const report = await bench(
      {
        appointments: 300_000,
        small: 0,
        rate: 500,
        reads: 200,
        baseline: 2,
        limit: 240,
        only: ["hook", "indexes"],
        command: "npm run bench:hook -- --quick",
      },
      () => undefined,
    );
    expect(failures(report)).toEqual([]);
    const [hook, naive] = report.contenders;
    if (hook === undefined || naive === undefined) throw new Error("two contenders were to run");
    // Both really wrote all the time: the figures are about something.
    expect(hook.proof.touched).toBeGreaterThan(hook.seconds * 100);
    expect(hook.phases.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(["baseline", "indexes", "partitions: copy of the rows", "partitions: cut-over"]),
    );
    expect([errorCount(hook), wrongRows(hook), errorCount(naive), wrongRows(naive)]).toEqual([0, 0, 0, 0]);
    expect(worstWriteMs(naive)).toBeGreaterThan(worstWriteMs(hook));
    expect(renderReport(report)).toContain("| partitions: cut-over ");
  });
});
