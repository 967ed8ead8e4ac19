import type { Stack } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { liveDaemon, logIn } from "../../local/daemon/daemon-record";
import { ensureCloud, askCloud, type StartedCloud } from "../cloud/local-cloud";
import { endpointsOf, type Endpoints } from "../endpoints";
import { localConfig } from "../local-config";
import { createPlaces, type StackPlaces } from "../places";
import { regionOf, type Project } from "../project";
import { releaseOf } from "../release";
import type { Terminal } from "../terminal/terminal";
import { UserError } from "../user-error";
import { watchCloud } from "./cloud-watch";
import { mendState } from "./mend-state";
import { Progress } from "./progress";
import { programOf } from "./program";
import { clearStaleLocks, forgetPendingOperations, knownResources } from "./recover";
import { StallGuard } from "./stall-guard";
import { whileUpdating } from "./update-lock";
import { checkpointFile, openStack } from "./workspace";

const sweptSchema = z.object({ kept: z.array(z.string()) });

export interface Changes {
  readonly created: number;
  readonly updated: number;
  readonly replaced: number;
  readonly deleted: number;
  readonly same: number;
  readonly seconds: number;
}

export interface Updated extends Changes {
  /** Connection URLs, with credentials. */
  readonly endpoints: Endpoints;
}

export interface UpdateOptions {
  readonly project: Project;
  readonly places: StackPlaces;
  readonly terminal: Terminal;
  readonly refresh?: boolean;
}

/** Runs the program through the engine against the local cloud, starting or mending the cloud first. @throws UserError listing what failed. */
export async function runUpdate(options: UpdateOptions): Promise<Updated> {
  createPlaces(options.places);
  return whileUpdating(options.places.engineRoot, () => update(options));
}

async function update(options: UpdateOptions): Promise<Updated> {
  const { project, places, terminal } = options;
  const started = Date.now();
  const { stack, checkpoint, cloud } = await prepare(options);
  const progress = new Progress(terminal, false);
  const guard = new StallGuard();
  const watch = watchCloud(cloud);
  try {
    // After an update the Automation API would run one more command to read its history; the events have told all we need.
    stack.info = () => Promise.resolve(undefined);
    const result = await stack.up({
      onEvent: (event) => {
        guard.observe(event);
        progress.handle(event);
      },
      refresh: options.refresh,
      color: "never",
      signal: AbortSignal.any([guard.signal, watch.signal]),
    });
    const { changes } = progress;
    const { kept } = sweptSchema.parse(await askCloud(places, "sweep", { known: knownResources(checkpoint) }));
    for (const why of kept) terminal.line(`  ! left by a killed update and not deleted: ${why}`);
    return {
      created: changes.create ?? 0,
      updated: changes.update ?? 0,
      replaced: changes.replace ?? 0,
      deleted: changes.delete ?? 0,
      same: changes.same ?? 0,
      seconds: (Date.now() - started) / 1000,
      endpoints: endpointsOf(result.outputs, cloud.caFile),
    };
  } catch (error) {
    if (guard.interruptedBy)
      throw new UserError(
        `the update of stack '${project.stack}' was interrupted (${guard.interruptedBy}); run 'plinth up' again to finish it`,
        { cause: error },
      );
    if (liveDaemon(places.cloudRoot)?.pid !== cloud.pid)
      throw new UserError(
        `the local cloud (pid ${cloud.pid}) ended while it was updated; run 'plinth up' again, which starts it and goes on (its log: ${logIn(places.cloudRoot)})`,
        { cause: error },
      );
    const problems =
      progress.problems.length > 0 ? progress.problems : [error instanceof Error ? error.message : String(error)];
    throw new UserError(
      `the update of stack '${project.stack}' failed:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
      { cause: error },
    );
  } finally {
    guard.end();
    watch.end();
    terminal.rest();
  }
}

async function prepare({
  project,
  places,
  terminal,
}: UpdateOptions): Promise<{ stack: Stack; checkpoint: string; cloud: StartedCloud }> {
  terminal.working("starting the local cloud");
  const cloud = await ensureCloud(places, regionOf(project));
  if (cloud.started === "changed") terminal.line("  i the local cloud's code has changed: it was restarted");
  const failed = Number((await askCloud(places, "heal")).failed);
  if (failed > 0) terminal.line(`  i tried ${failed} failed resource(s) again`);
  terminal.working("opening the stack");
  const locks = await clearStaleLocks(places.engineRoot);
  if (locks > 0) terminal.line("  i removed the lock of an update that was killed");
  if (mendState(places.engineRoot) > 0) terminal.line("  i removed what a killed engine had half written");
  const checkpoint = checkpointFile(places.engineRoot, project.name, project.stack);
  const pending = forgetPendingOperations(checkpoint);
  if (pending > 0) terminal.line(`  i taking up ${pending} operation(s) that a killed update left unfinished`);
  const stack = await openStack({
    project,
    engineRoot: places.engineRoot,
    attachList: cloud.attachList,
    injected: await localConfig(project, places, cloud, releaseOf(places)),
    program: programOf(project),
  });
  terminal.working("running the program");
  return { stack, checkpoint, cloud };
}
