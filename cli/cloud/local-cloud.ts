import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Bag } from "../../local/contract";
import { codeDigest } from "../../local/daemon/code-digest";
import { callControl } from "../../local/daemon/control-client";
import { liveDaemon, logIn, socketIn, type DaemonRecord } from "../../local/daemon/daemon-record";
import { GiveUp, waitFor } from "../../local/processes/wait";
import type { StackPlaces } from "../places";
import { UserError } from "../user-error";

const startTimeoutMs = 90_000;
const stopTimeoutMs = 60_000;

export interface StartedCloud extends DaemonRecord {
  /** Why a new one was started, when one was. */
  readonly started?: "first" | "changed";
}

/** Finds the running local cloud of these places, or starts it and waits until it is ready. */
export async function ensureCloud(places: StackPlaces, region: string): Promise<StartedCloud> {
  const running = liveDaemon(places.cloudRoot);
  const changed = running !== undefined && running.code !== codeDigest();
  if (changed) await stopCloud(places);
  if (running && !changed && running.attachList !== "") return running;
  const launched = !running || changed ? launch(places, region) : undefined;
  const record = await waitFor(
    {
      what: "the local cloud",
      timeoutMs: startTimeoutMs,
      everyMs: 50,
      explain: () => `; the end of its log:\n${tail(logIn(places.cloudRoot))}`,
    },
    () => {
      const daemon = liveDaemon(places.cloudRoot);
      if (!daemon && launched?.exitCode != null) {
        throw new GiveUp(
          `the local cloud ended while it started; the end of its log:\n${tail(logIn(places.cloudRoot))}`,
        );
      }
      return daemon?.attachList ? daemon : undefined;
    },
  );
  return { ...record, started: changed ? "changed" : "first" };
}

/** Stops the cloud and everything it runs. @returns false when none was running. */
export async function stopCloud(places: StackPlaces): Promise<boolean> {
  const running = liveDaemon(places.cloudRoot);
  if (!running) return false;
  process.kill(running.pid, "SIGTERM");
  await waitFor(
    { what: `the end of the local cloud (pid ${running.pid})`, timeoutMs: stopTimeoutMs },
    () => liveDaemon(places.cloudRoot)?.pid !== running.pid,
  );
  return true;
}

/** Asks the running cloud. @throws UserError when none runs. */
export function askCloud(places: StackPlaces, route: string, body: Bag = {}): Promise<Bag> {
  if (!liveDaemon(places.cloudRoot))
    throw new UserError("the local cloud of this stack is not running; run 'plinth up' first");
  return callControl(socketIn(places.cloudRoot), route, body);
}

export function isCloudRunning(places: StackPlaces): boolean {
  return liveDaemon(places.cloudRoot) !== undefined;
}

function launch(places: StackPlaces, region: string): ChildProcess {
  const logFile = logIn(places.cloudRoot);
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a", 0o600);
  try {
    // PgBouncer and Postgres inherit the limit on open files, whose soft value is often 1024: raise it to the hard one.
    const script = 'ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"';
    const loader = resolve(__dirname, "../../bin/typescript.cjs");
    const main = resolve(__dirname, "../../local/daemon/main.ts");
    const child = spawn("sh", ["-c", script, process.execPath, "--require", loader, main], {
      cwd: resolve(__dirname, "../.."),
      detached: true,
      stdio: ["ignore", log, log],
      env: {
        ...process.env,
        PLINTH_CLOUD_ROOT: places.cloudRoot,
        PLINTH_NETWORK_REGISTRY: places.networkRegistry,
        PLINTH_REGION: region,
      },
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function tail(file: string): string {
  if (!existsSync(file)) return "(no log)";
  return readFileSync(file, "utf8").split("\n").slice(-15).join("\n");
}
