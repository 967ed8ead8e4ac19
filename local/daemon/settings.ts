import { z } from "zod";

const schema = z.object({
  PLINTH_CLOUD_ROOT: z.string().min(1),
  PLINTH_NETWORK_REGISTRY: z.string().min(1),
  PLINTH_REGION: z.string().default("eu-central-1"),
  /** Process id whose end ends the cloud: set by tests, so that a killed test leaves nothing behind. */
  PLINTH_OWNER_PID: z.coerce.number().int().positive().optional(),
});

export interface DaemonSettings {
  readonly root: string;
  readonly networkRegistry: string;
  readonly region: string;
  readonly owner?: number;
}

export function daemonSettings(environment: NodeJS.ProcessEnv): DaemonSettings {
  const { success, data: parsed, error } = schema.safeParse(environment);
  if (!success) {
    const problems = error.issues.map(({ path, message }) => {
      const name = path.map(String).join(".");
      return `${name}=${environment[name] ?? ""}: ${message}`;
    });
    throw new Error(`the local cloud was started with a wrong environment: ${problems.join("; ")}`);
  }
  return {
    root: parsed.PLINTH_CLOUD_ROOT,
    networkRegistry: parsed.PLINTH_NETWORK_REGISTRY,
    region: parsed.PLINTH_REGION,
    owner: parsed.PLINTH_OWNER_PID,
  };
}
