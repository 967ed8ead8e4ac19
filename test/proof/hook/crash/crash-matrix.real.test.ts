import { runMatrix } from "../../../../proof/hook/crash/matrix";
import { failureLines } from "../../../../proof/hook/crash/report";
import { SCENARIOS } from "../../../../proof/hook/crash/scenarios";

describe("the hook, killed, its server crashed, its connection cut, while an application writes", () => {
  it("leads to the catalogue of an undisturbed run, with every acknowledged row, whatever interrupts it and where", async () => {
    // The whole matrix is npm run prove:crashes; another seed every day finds what this one does not.
    const seed = Math.floor(Date.now() / 86_400_000);
    const matrix = await runMatrix({
      scenarios: SCENARIOS,
      seed,
      sizes: { patients: 200, appointments: 3_000 },
      arenas: 2,
      trials: 20,
    });
    expect(failureLines(matrix)).toEqual([]);
    const struck = matrix.scenarios.flatMap(({ outcomes }) => outcomes.flatMap((outcome) => outcome.struck));
    expect(struck.filter(Boolean).length).toBeGreaterThanOrEqual(15);
  });
});
