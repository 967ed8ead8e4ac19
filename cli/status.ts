import type { OutputMap } from "@pulumi/pulumi/automation";
import type { ClientConfig } from "pg";
import { z } from "zod";
import { liveDaemon } from "../local/daemon/daemon-record";
import { askCloud } from "./cloud/local-cloud";
import { endpointsOf, withRootCertificate, type Endpoints } from "./endpoints";
import { openStack } from "./engine/workspace";
import type { StackPlaces } from "./places";
import type { Project } from "./project";
import { UserError } from "./user-error";

const liveSchema = z.object({
  root: z.string(),
  network: z.string(),
  resources: z.array(
    z.object({ type: z.string(), id: z.string(), urn: z.string(), phase: z.string(), state: z.string() }),
  ),
  processes: z.array(z.object({ key: z.string(), pid: z.number(), startedAt: z.string() })),
});

export type LiveCloud = z.infer<typeof liveSchema>;

export interface Alarm {
  readonly name: string;
  readonly state: string;
}

export interface StackStatus {
  readonly stack: string;
  /** Connection URLs, complete with credentials. Empty for a program that exports no `endpoints`. */
  readonly endpoints: Endpoints;
  readonly live: LiveCloud;
  readonly alarms: readonly Alarm[];
}

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** Asks the running cloud and the engine's state. @throws UserError when the stack is not up. */
export async function readStatus(project: Project, places: StackPlaces): Promise<StackStatus> {
  const daemon = liveDaemon(places.cloudRoot);
  if (!daemon?.attachList)
    throw new UserError(`the local cloud of stack '${project.stack}' is not running; run 'plinth up' first`);
  const [live, endpoints] = await Promise.all([
    askCloud(places, "status").then((answer) => liveSchema.parse(answer)),
    readOutputs(project, places, daemon.attachList).then((outputs) => endpointsOf(outputs, daemon.caFile)),
  ]);
  const alarms = live.resources
    .filter(({ type }) => type === alarmType)
    .map(({ id, state }) => ({ name: id, state }))
    .sort((a, b) => a.name.localeCompare(b.name));
  return { stack: project.stack, endpoints, live, alarms };
}

/** How to connect as the database's master user, as the application's migrations do. @throws UserError when the program does not export it. */
export async function readAdministrator(project: Project, places: StackPlaces): Promise<ClientConfig> {
  const daemon = liveDaemon(places.cloudRoot);
  if (!daemon?.attachList)
    throw new UserError(`the local cloud of stack '${project.stack}' is not running; run 'plinth up' first`);
  const { administrator } = await readOutputs(project, places, daemon.attachList);
  if (typeof administrator?.value !== "string") {
    throw new UserError(
      `the program '${project.name}' exports no 'administrator' URL, so the clinic cannot be loaded into its database`,
    );
  }
  return { connectionString: withRootCertificate(administrator.value, daemon.caFile) };
}

async function readOutputs(project: Project, places: StackPlaces, attachList: string): Promise<OutputMap> {
  const stack = await openStack({
    project,
    engineRoot: places.engineRoot,
    attachList,
    injected: {},
    program: () => Promise.resolve(undefined),
    keepConfig: true,
  });
  return stack.outputs();
}
