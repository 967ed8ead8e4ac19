import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { processIdentity } from "../../../local/processes/process-identity";
import type { ProcessSpec } from "../../../local/processes/supervisor";
import { waitFor } from "../../../local/processes/wait";
import { TestCloud } from "../../support/test-cloud";

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.open()));
afterEach(() => cloud.close());

const shell = (key: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  key,
  command: "sh",
  args: ["-c", script],
  env: { PATH: "/usr/bin:/bin" },
  logFile: join(cloud.root, "logs", `${key}.log`),
  ...more,
});
const log = (key: string) => readFileSync(join(cloud.root, "logs", `${key}.log`), "utf8");
/** A process of ours that no supervisor knows as its child, as a crash leaves it. */
async function orphan(script: string): Promise<{ pid: number; identity: string }> {
  const child = spawn("sh", ["-c", script], { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  const pid = child.pid ?? -1;
  return { pid, identity: processIdentity(pid) ?? "" };
}

describe("a supervised process", () => {
  test("has the environment it is given and nothing else, and its output in its log", async () => {
    const running = await cloud.processes.start(shell("env", "echo out; echo err >&2; env | grep -c PLINTH_HOME"));
    expect(await running.exited).toEqual({ code: 1, signal: null });
    expect(log("env")).toBe("out\nerr\n0\n");
    expect(statSync(join(cloud.root, "logs", "env.log")).mode & 0o007).toBe(0);
  });

  test("is not started twice under one key, and may be again once it ended", async () => {
    const first = await cloud.processes.start(shell("one", "sleep 60"));
    await expect(cloud.processes.start(shell("one", "sleep 60"))).rejects.toThrow("process 'one' is already running");
    await first.stop("SIGTERM", 5_000);
    expect(first.alive).toBe(false);
    await (
      await cloud.processes.start(shell("one", "true"))
    ).exited;
  });

  test("that ignores its signal is killed with its whole group after the grace", async () => {
    const running = await cloud.processes.start(
      shell("stubborn", "trap '' TERM; sleep 600 & echo $!; while :; do sleep 1; done"),
    );
    await waitFor({ what: "the child", timeoutMs: 5_000 }, () => log("stubborn").includes("\n"));
    const child = Number(log("stubborn"));
    expect((await running.stop("SIGTERM", 100)).signal).toBe("SIGKILL");
    await waitFor({ what: "the end of the child", timeoutMs: 5_000 }, () => processIdentity(child) === undefined);
  });

  test("whose command does not exist says so", async () => {
    const running = await cloud.processes.start({ ...shell("none", ""), command: "/no/such/command" });
    expect((await running.exited).code).not.toBe(0);
    expect(log("none")).toContain("/no/such/command");
  });

  test("is not started any more once the cloud goes down", async () => {
    await cloud.processes.close(1_000);
    await expect(cloud.processes.start(shell("late", "true"))).rejects.toThrow("the local cloud is going down");
  });
});

describe("what a crashed cloud left running", () => {
  test("is ended by the next one", async () => {
    const left = await orphan("sleep 600");
    cloud.records.put("processes", "left", { key: "left", ...left });
    expect(await cloud.processes.endLeftovers()).toBe(1);
    expect(processIdentity(left.pid)).not.toBe(left.identity);
  });

  test("is left alone when its pid is another process's by now, and is not counted", async () => {
    const innocent = await orphan("sleep 600");
    cloud.records.put("processes", "reused", { key: "reused", pid: innocent.pid, identity: "an earlier process" });
    expect(await cloud.processes.endLeftovers()).toBe(0);
    expect(processIdentity(innocent.pid)).toBe(innocent.identity);
    process.kill(innocent.pid, "SIGKILL");
  });

  test("is killed when it ignores the request to end", async () => {
    const left = await orphan("trap '' TERM; while :; do sleep 1; done");
    cloud.records.put("processes", "left", { key: "left", ...left });
    expect(await cloud.processes.endLeftovers()).toBe(1);
    expect(processIdentity(left.pid)).not.toBe(left.identity);
  });
});
