import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processIdentity } from "../../../local/processes/process-identity";
import { startSandbox, type SandboxSpec } from "../../../local/processes/sandbox";
import { unprivilegedAccount } from "../../../local/processes/accounts";
import { waitFor } from "../../../local/processes/wait";
import { killProcessesOf, processesOf } from "../../support/processes-of";
import { TestCloud } from "../../support/test-cloud";

describe("a sandbox", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.open();
  });
  afterEach(() => cloud.close());

  const spec = (script: string, changes: Partial<SandboxSpec> = {}): SandboxSpec => {
    const { uid, gid } = unprivilegedAccount();
    return {
      key: "pod/test/box",
      hostname: "box-1",
      argv: ["/bin/sh", "-c", script],
      env: { PATH: "/usr/bin:/bin", SECRET: "s3cret" },
      workingDir: "/",
      mounts: [],
      readOnlyRoot: true,
      uid,
      gid,
      groups: [],
      logFile: join(cloud.root, "logs", "box.log"),
      ...changes,
    };
  };
  const log = () => readFileSync(join(cloud.root, "logs", "box.log"), "utf8");
  const source = (name: string, text: string) => {
    mkdirSync(join(cloud.root, name));
    writeFileSync(join(cloud.root, name, "file"), text);
    return join(cloud.root, name);
  };

  it("shows files at a path that the host does not have, beside what the host has there", async () => {
    const mounts = [
      { source: source("a", "first"), target: "/etc/plinth-test/deep", type: "directory" as const, readOnly: true },
      { source: source("b", "second"), target: "/data", type: "directory" as const, readOnly: true },
      {
        source: join(source("c", "third"), "file"),
        target: "/usr/share/plinth-one",
        type: "file" as const,
        readOnly: true,
      },
    ];
    const box = await startSandbox(
      cloud.processes,
      spec("cat /etc/plinth-test/deep/file /data/file /usr/share/plinth-one; ls /etc/passwd; hostname", { mounts }),
    );
    expect(await box.exited).toEqual({ code: 0, signal: null });
    expect(log()).toBe("firstsecondthird/etc/passwd\nbox-1\n");
  });

  it("can write nowhere when its root is read-only, and into scratch directories when it is not", async () => {
    const script = "touch /tmp/x /run/y && echo wrote; touch /x /etc/x || echo refused";
    await (
      await startSandbox(cloud.processes, spec(script))
    ).exited;
    expect(log()).not.toContain("wrote");
    await (
      await startSandbox(cloud.processes, spec(script, { readOnlyRoot: false }))
    ).exited;
    expect(log()).toMatch(/wrote[^]*refused/);
  });

  it("sees neither the state of the cloud nor other people's processes, and holds no privileges", async () => {
    const box = await startSandbox(
      cloud.processes,
      spec(
        `ls ${cloud.root} /root /work 2>&1; ps -e -o pid= | wc -l; grep -c 'CapBnd:.0000000000000000' /proc/self/status`,
      ),
    );
    await box.exited;
    const lines = log().trim().split("\n");
    expect(lines.filter((line) => line.includes("No such file"))).toHaveLength(3);
    expect(Number(lines.at(-2))).toBeLessThan(8);
    expect(lines.at(-1)).toBe("1");
  });

  it("runs further commands inside with its own environment and kills them when they take too long", async () => {
    const box = await startSandbox(cloud.processes, spec("sleep 60"));
    expect(await box.exec(["sh", "-c", "echo $SECRET; hostname; exit 3"], 1_000)).toEqual({
      ok: false,
      output: "s3cret\nbox-1",
    });
    expect((await box.exec(["true"], 1_000)).ok).toBe(true);
    expect(await box.exec(["false"], 1_000)).toEqual({ ok: false, output: "exit code 1" });
    expect(await box.exec(["sleep", "30"], 200)).toEqual({ ok: false, output: "no answer within 0.2 s" });
    expect(readFileSync(`/proc/${box.pid}/cmdline`, "utf8")).not.toContain("s3cret");
    await box.kill();
  });

  it("passes a signal on to the command, which may end in its own way", async () => {
    const box = await startSandbox(
      cloud.processes,
      spec("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done"),
    );
    await waitFor({ what: "the trap", timeoutMs: 5_000 }, () => log().includes("up"));
    box.signal("SIGTERM");
    expect(await box.exited).toEqual({ code: 7, signal: null });
    expect(log()).toContain("bye");
  });

  it("leaves no process behind when the process that owns it is killed, grandchildren included", async () => {
    const script = join(__dirname, "..", "..", "support", "own-a-sandbox.cjs");
    const owner = spawn(process.execPath, [script, cloud.root], { stdio: ["ignore", "pipe", "inherit"] });
    const pids = await new Promise<number[]>((resolve) => {
      owner.stdout.once("data", (data) => resolve(JSON.parse(String(data)) as number[]));
    });
    expect(pids.length).toBeGreaterThanOrEqual(4);
    const identities = pids.map((pid) => ({ pid, identity: processIdentity(pid) }));
    expect(identities.every(({ identity }) => identity !== undefined)).toBe(true);
    owner.kill("SIGKILL");
    await waitFor({ what: "the end of every process of the pod", timeoutMs: 5_000 }, () =>
      identities.every(({ pid, identity }) => processIdentity(pid) !== identity),
    );
  });

  it("leaves no process behind either when its owner is killed at any moment of the start", async () => {
    const script = join(__dirname, "..", "..", "support", "begin-sandboxes.cjs");
    // From before the first process exists until all commands run, which takes about 150 ms on two busy cores.
    for (const afterMs of [0, 15, 30, 45, 60, 80, 110, 150]) {
      const owner = spawn(process.execPath, [script, cloud.root], { stdio: ["ignore", "pipe", "inherit"] });
      await new Promise((resolve) => owner.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      owner.kill("SIGKILL");
      const explain = () => `: ${JSON.stringify(processesOf(cloud.root))}`;
      await waitFor(
        { what: `the end of all sandboxes begun ${afterMs} ms before`, timeoutMs: 5_000, explain },
        () => processesOf(cloud.root).length === 0,
      ).finally(() => killProcessesOf(cloud.root));
    }
  });
});
