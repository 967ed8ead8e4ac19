import { backOffMs } from "../../../../../local/providers/kubernetes/pods/back-off";
import { continued, verdict } from "../../../../../local/providers/kubernetes/pods/probe-loop";
import { expand } from "../../../../../local/providers/kubernetes/pods/environment";
import { quantity } from "../../../../../local/providers/kubernetes/manifests/quantity";
import { limited, type FinishedRun } from "../../../../../local/providers/kubernetes/workloads/cron-controller";

it("the first restart is immediate, later ones wait 1 s, 2 s, 4 s and so on up to 30 s", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 50].map(backOffMs)).toEqual([
    0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

it("a probe changes its verdict only after as many results in a row as its threshold says", () => {
  const probe = { successThreshold: 2, failureThreshold: 3 };
  let streak = continued(undefined, true);
  expect(verdict(streak, probe)).toBeUndefined();
  streak = continued(streak, true);
  expect(verdict(streak, probe)).toBe(true);
  streak = continued(continued(streak, false), false);
  expect(verdict(streak, probe)).toBeUndefined();
  expect(verdict(continued(streak, false), probe)).toBe(false);
});

it("variables are expanded once, unknown ones stay and a doubled dollar sign is one", () => {
  expect(expand("$(A)-$(B)-$$(A)-$$$(A)-$A", { A: "$(B)", B: "b" })).toBe("$(B)-b-$(A)-$$(B)-$A");
});

it("quantities are read with their suffixes", () => {
  expect([quantity("250m"), quantity("64Mi"), quantity(2), quantity("1e3"), quantity("12Qi")]).toEqual([
    0.25,
    67_108_864,
    2,
    1_000,
    Number.NaN,
  ]);
});

it("a CronJob's history keeps the newest successes and failures, each up to its limit", () => {
  const run = (job: string, succeeded: boolean): FinishedRun => ({
    job,
    succeeded,
    startedAt: "",
    finishedAt: "",
    reason: "",
    logs: [],
  });
  const runs = [run("4", true), run("3", false), run("2", false), run("1", true)];
  expect(limited(runs, 1, 1).map(({ job }) => job)).toEqual(["4", "3"]);
});
