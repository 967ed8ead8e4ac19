import * as fc from "fast-check";
import {
  nextStep,
  share,
  type RolloutPod,
  type RolloutTarget,
} from "../../../../../local/providers/kubernetes/workloads/rollout";

const rolling = (replicas: number, surge: number, unavailable: number): RolloutTarget => ({
  ...{ replicas, strategy: "RollingUpdate", surge, unavailable },
});
const pod = (name: string, current: boolean, available: boolean): RolloutPod => ({
  name,
  current,
  available,
  createdAt: 0,
});

describe("nextStep", () => {
  it("starts what is missing", () => {
    expect(nextStep(rolling(3, 1, 0), [], 0)).toEqual({ create: 3, remove: [] });
  });

  it("adds one before it takes one away when nothing may be missing", () => {
    const old = [pod("a", false, true), pod("b", false, true)];
    expect(nextStep(rolling(2, 1, 0), old, 0)).toEqual({ create: 1, remove: [] });
    expect(nextStep(rolling(2, 1, 0), [...old, pod("c", true, false)], 0)).toEqual({ create: 0, remove: [] });
    expect(nextStep(rolling(2, 1, 0), [...old, pod("c", true, true)], 0)).toEqual({ create: 0, remove: ["a"] });
  });

  it("takes one away first when none may be added", () => {
    const old = [pod("a", false, true), pod("b", false, true)];
    expect(nextStep(rolling(2, 0, 1), old, 0)).toEqual({ create: 0, remove: ["a"] });
  });

  it("takes old pods that are not available first", () => {
    const pods = [pod("good", false, true), pod("bad", false, false), pod("new", true, true)];
    expect(nextStep(rolling(2, 1, 0), pods, 0).remove).toEqual(["bad"]);
  });

  it("recreates only when the old ones are gone", () => {
    const target: RolloutTarget = { replicas: 2, strategy: "Recreate", surge: 0, unavailable: 0 };
    expect(nextStep(target, [pod("a", false, true)], 0)).toEqual({ create: 0, remove: ["a"] });
    expect(nextStep(target, [], 1)).toEqual({ create: 0, remove: [] });
    expect(nextStep(target, [], 0)).toEqual({ create: 2, remove: [] });
  });

  it("takes surplus pods away, the youngest that are not available first", () => {
    const pods = [pod("a", true, true), { ...pod("b", true, true), createdAt: 5 }, pod("c", true, false)];
    expect(nextStep(rolling(1, 1, 0), pods, 0).remove).toEqual(["c", "b"]);
  });

  it("reaches its goal within its limits from any state, whatever the order in which pods become available", () => {
    const cases = fc.record({
      replicas: fc.integer({ min: 0, max: 6 }),
      surge: fc.integer({ min: 0, max: 3 }),
      unavailable: fc.integer({ min: 0, max: 3 }),
      old: fc.array(fc.boolean(), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(cases, ({ replicas, surge, unavailable, old }) => {
        fc.pre(surge + unavailable > 0);
        const target = rolling(replicas, surge, unavailable);
        let pods = old.map((available, index) => pod(`old-${index}`, false, available));
        const isDone = () => pods.length === replicas && pods.every(({ current, available }) => current && available);
        for (let round = 0; round < 60 && !isDone(); round += 1) {
          const before = pods.filter(({ available }) => available).length;
          const { create, remove } = nextStep(target, pods, 0);
          pods = pods.filter(({ name }) => !remove.includes(name));
          const after = pods.filter(({ available }) => available).length;
          expect(after).toBeGreaterThanOrEqual(Math.min(before, replicas - unavailable));
          for (let made = 0; made < create; made += 1) pods.push(pod(`new-${round}-${made}`, true, false));
          if (create > 0) expect(pods.length).toBeLessThanOrEqual(replicas + surge);
          const waiting = pods.findIndex(({ current, available }) => current && !available);
          const lucky = pods[waiting];
          if (lucky) pods[waiting] = { ...lucky, available: true };
        }
        expect(isDone()).toBe(true);
      }),
    );
  });
});

describe("share", () => {
  it("rounds surge up and unavailability down, as Kubernetes does", () => {
    expect([share("25%", 2, "up"), share("25%", 2, "down"), share(undefined, 4, "up"), share(3, 2, "up")]).toEqual([
      1, 0, 1, 3,
    ]);
  });
});
