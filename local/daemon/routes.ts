import { z } from "zod";
import { kindsByType } from "../catalogue";
import type { LocalCloud, StoredResource } from "../cloud/cloud";
import type { Bag } from "../contract";
import { Lifecycle } from "../providers/lifecycle";
import { parseUrn } from "../providers/urn";
import type { Routes } from "./control-server";

const actionSchema = z.object({
  type: z.string(),
  id: z.string(),
  action: z.string(),
  args: z.record(z.string(), z.unknown()).default({}),
});
const knownSchema = z.object({ known: z.array(z.object({ urn: z.string(), id: z.string() })) });

const namesSchema = z.object({ names: z.array(z.string()) });
const certificateSchema = z.object({ commonName: z.string(), hosts: z.array(z.string()).min(1) });

/** What operators, tests and the command line can ask of a running cloud. */
export function controlRoutes(cloud: LocalCloud, shutdown: () => void): Routes {
  return {
    status: async () => ({
      root: cloud.root,
      network: cloud.addresses.network,
      // In the order of creation also after a restart, which reads the records in another one.
      resources: await Promise.all(byAge(cloud.resources()).map((resource) => describe(resource, cloud))),
      processes: cloud.processes
        .list()
        .map(({ key, pid, startedAt }) => ({ key, pid, startedAt: startedAt.toISOString() })),
    }),
    action: async (body) => {
      const { type, id, action, args } = actionSchema.parse(body);
      const resource = cloud.resource(type, id);
      if (!resource) throw new Error(`there is no ${type} '${id}'`);
      const actions = kindsByType.get(type)?.actions ?? {};
      const perform = actions[action];
      if (!perform)
        throw new Error(`${type} has no action '${action}'; it has: ${Object.keys(actions).join(", ") || "none"}`);
      return perform(resource, cloud, args as Bag);
    },
    heal: async () => {
      const failed = cloud.resources().filter(({ phase, acknowledged }) => phase === "failed" && acknowledged);
      for (const resource of failed) {
        const resume = kindsByType.get(resource.type)?.resume;
        if (!resume) continue;
        try {
          await cloud.turns.take(resource.urn, async () => {
            await resume(resource, cloud);
            cloud.put({ ...resource, phase: "ready" });
          });
        } catch (error) {
          cloud.log.warn(`${resource.type} ${resource.id} is still failed: ${messageOf(error)}`);
        }
      }
      return { failed: failed.length };
    },
    /** After a finished update: what the engine does not know of was left by a killed one, and nobody else would ever delete it. */
    sweep: async (body) => {
      const known = new Set(knownSchema.parse(body).known.map(({ urn, id }) => `${parseUrn(urn).type}|${id}`));
      const lost = cloud.resources().filter(({ type, id }) => !known.has(`${type}|${id}`));
      const lifecycle = new Lifecycle(cloud);
      const kept: string[] = [];
      // Youngest first: what was created later may use what was created before.
      for (const resource of byAge(lost).reverse()) {
        try {
          await forget(resource, lifecycle, cloud);
        } catch (error) {
          kept.push(`${resource.type} ${resource.id}: ${messageOf(error)}`);
        }
      }
      return { swept: lost.length - kept.length, kept };
    },
    addresses: (body) => ({ addresses: namesSchema.parse(body).names.map((name) => cloud.addresses.of(name)) }),
    certificate: async (body) => {
      const { commonName, hosts } = certificateSchema.parse(body);
      return { ...(await cloud.authority.issue(commonName, hosts)) };
    },
    shutdown: () => {
      setImmediate(shutdown);
      return {};
    },
  };
}

/** Oldest first. */
function byAge(resources: readonly StoredResource[]): StoredResource[] {
  return [...resources].sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.urn.localeCompare(b.urn));
}

/** One resource that cannot say how it is must not hide the others. */
async function describe(resource: StoredResource, cloud: LocalCloud): Promise<Bag> {
  const { type, id, urn, phase } = resource;
  const line = async () => {
    try {
      return phase === "ready" ? await kindsByType.get(type)?.describe?.(resource, cloud) : undefined;
    } catch (error) {
      return `does not answer: ${messageOf(error)}`;
    }
  };
  return { type, id, urn, phase, state: (await line()) ?? phase };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function forget(resource: StoredResource, lifecycle: Lifecycle, cloud: LocalCloud): Promise<void> {
  const kind = kindsByType.get(resource.type);
  if (!kind) return cloud.remove(resource.type, resource.id);
  const request = {
    urn: resource.urn,
    name: parseUrn(resource.urn).name,
    inputs: {},
    signal: AbortSignal.timeout(120_000),
    status: () => undefined,
  };
  await lifecycle.discard(kind, resource, request);
}
