import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { effectiveSettings } from "../../../infra/pooler/pgbouncer-settings";
import { drainCommand, drainSeconds, fileDescriptorsNeeded, startCommand } from "../../../infra/pooler/start-command";
import { temporaryDirectory } from "../../support/temporary-directory";

describe("starting PgBouncer in a pod", () => {
  const settings = effectiveSettings({});
  const temporary = temporaryDirectory();

  test("needs a descriptor for each client and each server connection", () => {
    expect(fileDescriptorsNeeded(settings)).toBe(1000 + 30 + 64);
  });

  test("is text that a POSIX shell can read", () => {
    for (const script of [startCommand(settings), drainCommand()])
      expect(() => execFileSync("/bin/sh", ["-n", "-c", script])).not.toThrow();
  });

  test("refuses to start where the limit on open files is too low, and says what is needed", () => {
    const script = `ulimit -n 512\n${startCommand(settings)}`;
    const run = spawnSync("/bin/sh", ["-c", script], { env: { POD_IP: "127.0.0.1" }, encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("pgbouncer needs 1094 open files, this pod may have 512");
  });

  test("removes the pid file of a PgBouncer that was killed, which a container that starts again finds in its pod", () => {
    const directory = temporary();
    writeFileSync(join(directory, "pgbouncer.pid"), "1\n");
    // In its place: a program that lists what it would find.
    writeFileSync(join(directory, "pgbouncer"), `#!/bin/sh\nls ${directory}\n`, { mode: 0o755 });
    const script = startCommand(settings).replaceAll("/run/pgbouncer", directory);
    const listing = execFileSync("/bin/sh", ["-c", script], {
      env: { POD_IP: "127.0.0.1", PATH: `${directory}:${process.env.PATH ?? ""}` },
      encoding: "utf8",
    });
    expect(listing).toContain("listen");
    expect(listing).not.toContain("pgbouncer.pid");
  });

  test("drains by SIGINT for longer than the longest statement may take", () => {
    expect(drainCommand()).toContain("kill -INT");
    expect(drainSeconds).toBeGreaterThan(30 + 2);
  });
});
