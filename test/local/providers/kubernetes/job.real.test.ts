import { Unready, type Resource } from "../../../../local/contract";
import { waitFor } from "../../../../local/processes/wait";
import { cronJob } from "../../../../local/providers/kubernetes/kinds/cron-job";
import { job } from "../../../../local/providers/kubernetes/kinds/job";
import { workloadsOf } from "../../../../local/providers/kubernetes/workloads/workloads";
import { closeCluster, shellJob } from "../../../support/kubernetes";
import { TestCloud } from "../../../support/test-cloud";
import { createResource, deleteResource, diffResource, updateResource } from "../../../support/test-kinds";

describe("a Job", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.open();
  });
  afterEach(() => closeCluster(cloud));

  const failure = async (inputs: Parameters<typeof createResource>[2]): Promise<Unready> => {
    const outcome = await createResource(cloud, job, inputs).catch((error: unknown) => error);
    if (!(outcome instanceof Unready)) throw new Error(`expected Unready, got ${String(outcome)}`);
    return outcome;
  };

  it("is waited for, and reports what it wrote last while it runs", async () => {
    const said: string[] = [];
    const done = await createResource(cloud, job, shellJob("echo working; sleep 1.2; echo done"), {
      status: (message) => said.push(message),
    });
    expect(done.outputs.status).toMatchObject({ succeeded: 1, conditions: [{ type: "Complete", status: "True" }] });
    expect(said.at(-1)).toBe("running for 1 s: working");
    expect(await job.describe?.(done, cloud)).toMatch(/^complete at 20/);
    expect(await job.actions?.logs?.(done, cloud, {})).toMatchObject({
      logs: [{ container: "main", lines: ["working", "done"] }],
    });
  });

  it("that fails reports its reason and the end of its log", async () => {
    const { reasons, outputs } = await failure(shellJob("echo step 1; echo cannot go on >&2; exit 3"));
    expect(reasons[0]).toBe("job task failed: BackoffLimitExceeded: Job has reached the specified backoff limit");
    expect(reasons[1]).toMatch(/^pod task-\w{5} is Failed .*exited with code 3$/);
    expect(reasons.slice(2)).toEqual(["  main: step 1", "  main: cannot go on"]);
    expect(outputs.status).toMatchObject({
      failed: 1,
      conditions: [{ type: "Failed", reason: "BackoffLimitExceeded" }],
    });
  });

  it("tries again in new pods as often as backoffLimit allows", async () => {
    const { outputs } = await failure(shellJob("exit 1", { spec: { backoffLimit: 1 } }));
    expect(outputs.status).toMatchObject({ failed: 2 });
  });

  it("restarts its container in the same pod when the policy is OnFailure", async () => {
    const script = "echo try; test -f /data/once && exit 0; touch /data/once; exit 1";
    const inputs = shellJob(script, {
      spec: { backoffLimit: 3 },
      pod: {
        restartPolicy: "OnFailure",
        volumes: [{ name: "work", emptyDir: {} }],
        containers: [
          {
            ...{ name: "main", image: "busybox", command: ["sh", "-c", script] },
            volumeMounts: [{ name: "work", mountPath: "/data" }],
          },
        ],
      },
    });
    const done = await createResource(cloud, job, inputs);
    expect(done.outputs.status).toMatchObject({ succeeded: 1 });
    expect(done.outputs.status).not.toHaveProperty("failed");
    expect(await job.actions?.logs?.(done, cloud, {})).toMatchObject({ logs: [{ lines: ["try", "try"] }] });
  });

  it("that takes longer than activeDeadlineSeconds fails, and none of its processes is left", async () => {
    const { reasons } = await failure(shellJob("sleep 60 & sleep 60", { spec: { activeDeadlineSeconds: 1 } }));
    expect(reasons[0]).toContain("DeadlineExceeded");
    expect(cloud.processes.list()).toEqual([]);
  });

  it("runs several pods at once until enough have succeeded", async () => {
    const done = await createResource(cloud, job, shellJob("true", { spec: { completions: 3, parallelism: 2 } }));
    expect(done.outputs.status).toMatchObject({ succeeded: 3 });
  });

  it("that failed is replaced by the next update when its annotation asks for it, and stays failed otherwise", async () => {
    const plain = shellJob("exit 1");
    await failure(plain);
    const resource = cloud.resource(job.type, "default/task") as Resource;
    expect(diffResource(cloud, job, resource.inputs, resource.inputs)).toEqual([]);
    await expect(updateResource(cloud, job, resource, plain)).rejects.toThrow("pulumi.com/replaceUnready");
    const asking = {
      ...resource.inputs,
      metadata: { name: "task", annotations: { "pulumi.com/replaceUnready": "true" } },
    };
    expect(diffResource(cloud, job, resource.inputs, asking)).toContainEqual({ path: "status", replace: true });
  });

  it("whose template changes is replaced, name first set free", () => {
    const news = shellJob("echo other");
    expect(diffResource(cloud, job, shellJob("true"), news).every(({ replace }) => replace)).toBe(true);
    expect(job.deleteBeforeReplace?.(news)).toBe(true);
  });

  it("that a dead local cloud left unfinished is run again by the next create of the same id", async () => {
    const id = "default/task";
    const cut = createResource(cloud, job, shellJob("sleep 60")).catch(() => "cut");
    await waitFor({ what: "the first run", timeoutMs: 5_000 }, () => workloadsOf(cloud).jobs.get(id)?.active === 1);
    await workloadsOf(cloud).jobs.get(id)?.stop(0);
    expect(await cut).toBe("cut");
    workloadsOf(cloud).jobs.clear();
    const done = await createResource(cloud, job, shellJob("true"), { id });
    expect(done.outputs.status).toMatchObject({ succeeded: 1 });
    await deleteResource(cloud, job, done);
    expect(await job.describe?.(done, cloud)).toBe("not running");
  });

  it("of a CronJob runs when triggered, its result is remembered, and the history is limited", async () => {
    const template = shellJob("echo swept").spec ?? null;
    const nightly = await createResource(cloud, cronJob, {
      metadata: { name: "sweep" },
      spec: {
        schedule: "15 3 * * *",
        timeZone: "Europe/Berlin",
        successfulJobsHistoryLimit: 1,
        jobTemplate: { spec: template },
      },
    });
    expect(await cronJob.describe?.(nightly, cloud)).toMatch(/^next run .*no run yet$/);
    const trigger = cronJob.actions?.trigger;
    expect(await trigger?.(nightly, cloud, {})).toMatchObject({ succeeded: true, lines: ["swept"] });
    await trigger?.(nightly, cloud, {});
    expect(workloadsOf(cloud).cronJobs.get("default/sweep")?.history).toHaveLength(1);
    expect(await cronJob.describe?.(nightly, cloud)).toMatch(/last run complete at/);
  });
});
