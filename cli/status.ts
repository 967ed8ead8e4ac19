import { z } from "zod";
import { liveDaemon } from "../local/daemon/daemon-record";
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
    readEndpoints(project, places, daemon.attachList, daemon.caFile),
  ]);
  const alarms = live.resources.filter(({ type }) => type === alarmType).map(({ id, state }) => ({ name: id, state }));
  return { stack: project.stack, endpoints, live, alarms };
}

async function readEndpoints(
  project: Project,
  places: StackPlaces,
  attachList: string,
  caFile: string,
): Promise<Endpoints> {
  const stack = await openStack({
    project,
    engineRoot: places.engineRoot,
    attachList,
    injected: {},
    program: () => Promise.resolve(undefined),
    keepConfig: true,
  });
  const outputs = await stack.outputs();
  const parsed = endpointsSchema.safeParse(outputs.endpoints?.value ?? {});
  if (!parsed.success) return {};
  const { readers, ...single } = parsed.data;
  const urls = Object.fromEntries(
    Object.entries(single).map(([name, url]) => [
      name,
      typeof url === "string" ? withRootCertificate(url, caFile) : url,
    ]),
  );
  return { ...urls, ...(readers ? { readers: readers.map((url) => withRootCertificate(url, caFile)) } : {}) };
}

/** libpq finds the certificate authority by file name, which only this machine can say. */
function withRootCertificate(url: string, caFile: string): string {
  if (!url.startsWith("postgres") || !url.includes("sslmode=verify") || url.includes("sslrootcert=")) return url;
  return `${url}${url.includes("?") ? "&" : "?"}sslrootcert=${encodeURIComponent(caFile)}`;
}
