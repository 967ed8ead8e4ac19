import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Bag } from "../../local/contract";
import { codeDigest } from "../../local/daemon/code-digest";
import { callControl } from "../../local/daemon/control-client";
import { liveDaemon, logIn, socketIn, type DaemonRecord } from "../../local/daemon/daemon-record";
import { lastWords, logSize } from "../../local/daemon/fatal";
import { GiveUp, waitFor } from "../../local/processes/wait";
import type { StackPlaces } from "../places";
import { UserError } from "../user-error";

const startTimeoutMs = 90_000;
const stopTimeoutMs = 60_000;

export interface StartedCloud extends DaemonRecord {
  /** Why a new one was started, when one was. */
  readonly started?: "first" | "changed";
}

/** Finds the running local cloud of these places, or starts it and waits until it is ready. @throws UserError saying why it did not start. */
export async function ensureCloud(places: StackPlaces, region: string): Promise<StartedCloud> {
  const running = liveDaemon(places.cloudRoot);
  const changed = running !== undefined && running.code !== codeDigest();
  if (changed) await stopCloud(places);
  if (running && !changed && running.attachList !== "") return running;
  const logFile = logIn(places.cloudRoot);
  const from = logSize(logFile);
  const launched = !running || changed ? launch(places, region) : undefined;
  const failure = (what: string) => new UserError(`${what}: ${lastWords(logFile, from)} (its log: ${logFile})`);
  const record = await waitFor({ what: "the local cloud", timeoutMs: startTimeoutMs, everyMs: 50 }, () => {
    const daemon = liveDaemon(places.cloudRoot);
    if (!daemon && hasEnded(launched)) throw new GiveUp("it ended");
    return daemon?.attachList ? daemon : undefined;
  }).catch((error: unknown) => {
    if (error instanceof GiveUp) throw failure("the local cloud did not start");
    throw failure(`the local cloud was not ready after ${startTimeoutMs / 1000} s`);
  });
  return { ...record, started: changed ? "changed" : "first" };
}

/** Where this command did not start it, somebody else's start is what ended. */
function hasEnded(launched: ChildProcess | undefined): boolean {
  return !launched || launched.exitCode !== null || launched.signalCode !== null;
}

/** Stops the cloud and everything it runs. @returns false when none was running. */
export async function stopCloud(places: StackPlaces): Promise<boolean> {
  const running = liveDaemon(places.cloudRoot);
  if (!running) return false;
  process.kill(running.pid, "SIGTERM");
  const gone = () => liveDaemon(places.cloudRoot)?.pid !== running.pid;
  await waitFor({ what: `the end of the local cloud (pid ${running.pid})`, timeoutMs: stopTimeoutMs }, gone).catch(
    async () => {
      // It hangs. What it runs dies with it.
      process.kill(running.pid, "SIGKILL");
      await waitFor({ what: `the end of the killed local cloud (pid ${running.pid})`, timeoutMs: stopTimeoutMs }, gone);
    },
  );
  return true;
}

/** Asks the running cloud. @throws UserError when none runs. */
export function askCloud(places: StackPlaces, route: string, body: Bag = {}): Promise<Bag> {
  if (!liveDaemon(places.cloudRoot))
    throw new UserError("the local cloud of this stack is not running; run 'plinth up' first");
  return callControl(socketIn(places.cloudRoot), route, body).catch((error: unknown) => {
    if (liveDaemon(places.cloudRoot)) throw error;
    throw new UserError(
      `the local cloud of this stack ended while it was asked to '${route}'; run 'plinth up' again (its log: ${logIn(places.cloudRoot)})`,
      { cause: error },
    );
  });
}

export function isCloudRunning(places: StackPlaces): boolean {
  return liveDaemon(places.cloudRoot) !== undefined;
}

function launch(places: StackPlaces, region: string): ChildProcess {
  const logFile = logIn(places.cloudRoot);
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o711 });
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
