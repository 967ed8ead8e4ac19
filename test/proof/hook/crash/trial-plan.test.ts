import { shareOut } from "../../../../proof/hook/crash/matrix";
import { KINDS, planTrials } from "../../../../proof/hook/crash/trial-plan";

const boundaries = Array.from({ length: 12 }, (_, index) => ({
  what: `statement ${index}`,
  lastsMs: 10 * (index + 1),
}));

describe("the plan of trials", () => {
  it("is the same for the same seed, and another one for another", () => {
    expect(planTrials("fresh", boundaries, 20, 7)).toEqual(planTrials("fresh", boundaries, 20, 7));
    expect(planTrials("fresh", boundaries, 20, 8)).not.toEqual(planTrials("fresh", boundaries, 20, 7));
  });

  it("strikes every boundary once before any a second time, two of three trials being for boundaries", () => {
    const first = planTrials("fresh", boundaries, 18, 1).map(({ interruptions }) => interruptions[0]?.place);
    const struck = first.flatMap((place) => (place?.at === "boundary" ? [place.boundary] : []));
    expect([...struck].sort((one, other) => one - other)).toEqual(boundaries.map((_, index) => index));
  });

  it("strikes every boundary by each of the three kinds when there are trials enough", () => {
    const seen = new Set(
      planTrials("fresh", boundaries, 54, 1).flatMap(({ interruptions: [first] }) =>
        first?.place.at === "boundary" ? [`${first.place.boundary} ${first.kind}`] : [],
      ),
    );
    expect(seen.size).toBe(boundaries.length * KINDS.length);
  });

  it("puts moments inside the step they belong to", () => {
    for (const { interruptions } of planTrials("fresh", boundaries, 60, 3))
      for (const { place } of interruptions)
        if (place.at === "moment") expect(place.afterMs).toBeLessThan(boundaries[place.boundary]?.lastsMs ?? 0);
  });

  it("gives every scenario a trial, however few there are", () => {
    expect(shareOut(5, [60, 24, 1])).toEqual([4, 1, 1]);
  });
});
