import type { OutputMap } from "@pulumi/pulumi/automation";
import type { ClientConfig } from "pg";
import { z } from "zod";
import { liveDaemon, type DaemonRecord } from "../local/daemon/daemon-record";
import { askCloud } from "./cloud/local-cloud";
import { openStack } from "./engine/workspace";
import type { StackPlaces } from "./places";
import type { Project } from "./project";
import { UserError } from "./user-error";

const endpointsSchema = z.looseObject({
  writer: z.string().optional(),
  readers: z.array(z.string()).optional(),
  poolerRw: z.string().optional(),
  poolerRo: z.string().optional(),
  cache: z.string().optional(),
});

const liveSchema = z.object({
  root: z.string(),
  network: z.string(),
  resources: z.array(
    z.object({ type: z.string(), id: z.string(), urn: z.string(), phase: z.string(), state: z.string() }),
  ),
  processes: z.array(z.object({ key: z.string(), pid: z.number(), startedAt: z.string() })),
});

export type Endpoints = z.infer<typeof endpointsSchema>;
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
    readEndpoints(project, places, daemon),
  ]);
  const alarms = live.resources.filter(({ type }) => type === alarmType).map(({ id, state }) => ({ name: id, state }));
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

async function readEndpoints(project: Project, places: StackPlaces, daemon: DaemonRecord): Promise<Endpoints> {
  const outputs = await readOutputs(project, places, daemon.attachList);
  const parsed = endpointsSchema.safeParse(outputs.endpoints?.value ?? {});
  if (!parsed.success) return {};
  const complete = (url: string) => withRootCertificate(url, daemon.caFile);
  const { writer, readers, poolerRw, poolerRo, cache } = parsed.data;
  return {
    ...(writer === undefined ? {} : { writer: complete(writer) }),
    ...(readers === undefined ? {} : { readers: readers.map(complete) }),
    ...(poolerRw === undefined ? {} : { poolerRw: complete(poolerRw) }),
    ...(poolerRo === undefined ? {} : { poolerRo: complete(poolerRo) }),
    ...(cache === undefined ? {} : { cache }),
  };
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

/** libpq finds the certificate authority by file name, which only this machine can say. */
function withRootCertificate(url: string, caFile: string): string {
  if (!url.startsWith("postgres") || !url.includes("sslmode=verify") || url.includes("sslrootcert=")) return url;
  return `${url}${url.includes("?") ? "&" : "?"}sslrootcert=${encodeURIComponent(caFile)}`;
}
