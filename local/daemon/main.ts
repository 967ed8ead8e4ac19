import { mkdirSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { kindsByType, packages } from "../catalogue";
import { openCloud } from "../cloud/open";
import { processIdentity } from "../processes/process-identity";
import { servePackages } from "../providers/serve";
import { codeDigest } from "./code-digest";
import { serveControl } from "./control-server";
import { announceDaemon, claimDaemon, socketIn, withdrawDaemon } from "./daemon-record";
import { limitLogs } from "./log-limit";
import { daemonSettings } from "./settings";
import { watchOwner } from "./owner";
import { controlRoutes } from "./routes";

/** How long a process may take to stop before its group is killed. */
const stopGraceMs = 10_000;

const log = pino({ base: { pid: process.pid } });

async function main(): Promise<void> {
  // Directories and certificates that other users must reach are made for them whatever the mask of the one who starts us; secrets have modes of their own.
  process.umask(0o022);
  const settings = daemonSettings(process.env);
  mkdirSync(join(settings.root, "logs"), { recursive: true, mode: 0o711 });
  const draft = {
    pid: process.pid,
    identity: processIdentity(process.pid) ?? "",
    code: codeDigest(),
    attachList: "",
    network: "",
    caFile: "",
  };
  const other = claimDaemon(settings.root, draft);
  if (other) {
    log.info(`the local cloud is already running as pid ${other.pid}`);
    return;
  }
  const cloud = await openCloud({
    mode: "run",
    root: settings.root,
    networkRegistry: settings.networkRegistry,
    region: settings.region,
    log: { info: (message) => log.info(message), warn: (message) => log.warn(message) },
  });
  limitLogs(join(settings.root, "logs"));
  let stopping = false;
  const stop = async (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info(`going down: ${why}`);
    providers.close();
    try {
      await cloud.processes.close(stopGraceMs);
    } catch (error) {
      // The kernel ends with us what could not be stopped.
      log.error({ stack: error instanceof Error ? error.stack : String(error) }, "not everything could be stopped");
    }
    control.close();
    withdrawDaemon(settings.root);
    process.exit(0);
  };
  process.on("unhandledRejection", (reason) =>
    log.error(
      { reason: String(reason), stack: reason instanceof Error ? reason.stack : undefined },
      "unhandled rejection",
    ),
  );
  await cloud.resume(kindsByType);
  const providers = await servePackages(packages, cloud);
  const control = await serveControl(
    socketIn(settings.root),
    controlRoutes(cloud, () => void stop("asked to")),
  );
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void stop(signal));
  if (settings.owner !== undefined)
    watchOwner(settings.owner, () => void stop(`its owner, process ${settings.owner}, is gone`));
  announceDaemon(settings.root, {
    ...draft,
    attachList: providers.attachList,
    network: cloud.addresses.network,
    caFile: cloud.authority.certificateFile,
  });
  log.info(`ready on ${cloud.addresses.network}.0.0/16`);
}

main().catch((error: unknown) => {
  // `lastWords` finds this line for the command that waits for us.
  log.fatal(
    { stack: error instanceof Error ? error.stack : undefined },
    error instanceof Error ? error.message : String(error),
  );
  process.exit(1);
});
