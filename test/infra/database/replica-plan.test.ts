import fc from "fast-check";
import { replicaPlan } from "../../../infra/database/replica-plan";

describe("where replicas go", () => {
  test("two replicas never share a zone when there are two", () => {
    const plan = replicaPlan("plinth-prod", 2, [{ zone: "b" }, { zone: "a" }, { zone: "a" }]);
    expect(plan).toEqual([
      { identifier: "plinth-prod-replica-1", zone: "a" },
      { identifier: "plinth-prod-replica-2", zone: "b" },
    ]);
  });

  test("no zone has two more replicas than another", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 15 }),
        fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 }),
        (count, zones) => {
          const plan = replicaPlan(
            "p",
            count,
            zones.map((zone) => ({ zone })),
          );
          const perZone = zones.map((zone) => plan.filter((replica) => replica.zone === zone).length);
          expect(Math.max(...perZone) - Math.min(...perZone)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
