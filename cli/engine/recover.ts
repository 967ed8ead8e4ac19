import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { UserError } from "../user-error";

const lockSchema = z.looseObject({ pid: z.number().int() });
const checkpointSchema = z.looseObject({
  checkpoint: z.looseObject({
    latest: z
      .looseObject({
        pending_operations: z.array(z.unknown()).nullish(),
        resources: z.array(z.looseObject({ urn: z.string(), id: z.string().optional() })).nullish(),
      })
      .nullish(),
  }),
});

/** Removes the lock that a killed engine left on its state. @throws UserError when an update is really running. */
export function clearStaleLocks(engineRoot: string): number {
  const folder = join(engineRoot, "backend", ".pulumi", "locks");
  if (!existsSync(folder)) return 0;
  const locks = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  let cleared = 0;
  for (const name of locks) {
    const path = join(folder, name);
    const pid = holderOf(path);
    if (pid !== undefined && isAlive(pid)) {
      throw new UserError(`another update of this stack is running (pid ${pid}); wait for it to finish, or end it`);
    }
    rmSync(path, { force: true });
    cleared += 1;
  }
  return cleared;
}

/** What the engine knows to exist, read from its state. */
export function knownResources(checkpoint: string): { urn: string; id: string }[] {
  return (readLatest(checkpoint)?.resources ?? []).flatMap(({ urn, id }) => (id === undefined ? [] : [{ urn, id }]));
}

/**
 * Forgets operations that a kill interrupted. Safe here: the local cloud finishes an interrupted create when it is asked for the same URN again, and
 * deletes and updates are repeatable.
 */
export async function forgetPendingOperations(stack: Stack, checkpoint: string): Promise<number> {
  const pending = readLatest(checkpoint)?.pending_operations?.length ?? 0;
  if (pending === 0) return 0;
  const exported = await stack.exportStack();
  const deployment = z.looseObject({ pending_operations: z.unknown() }).parse(exported.deployment);
  await stack.importStack({ ...exported, deployment: { ...deployment, pending_operations: undefined } });
  return pending;
}

function readLatest(checkpoint: string) {
  if (!existsSync(checkpoint)) return undefined;
  return checkpointSchema.parse(JSON.parse(readFileSync(checkpoint, "utf8"))).checkpoint.latest ?? undefined;
}

function holderOf(path: string): number | undefined {
  try {
    const parsed = lockSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.data.pid : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // half written by an engine that was killed
    throw error;
  }
}

/** A pid is reused; the engine that wrote the lock is there only if that pid is a Pulumi process. */
function isAlive(pid: number): boolean {
  const comm = `/proc/${pid}/comm`;
  return existsSync(comm) && readFileSync(comm, "utf8").startsWith("pulumi");
}
