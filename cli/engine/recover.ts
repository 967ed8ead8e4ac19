import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { processIdentity } from "../../local/processes/process-identity";
import { waitFor } from "../../local/processes/wait";
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

/** How long the engine of a killed command may take to notice and to let its operations end. */
const orphanMs = 60_000;

/**
 * Removes the lock that a killed engine left on its state, after the end of an engine whose command was killed.
 * @returns how many locks it removed. @throws UserError when that engine does not end.
 */
export async function clearStaleLocks(engineRoot: string): Promise<number> {
  const folder = join(engineRoot, "backend", ".pulumi", "locks");
  if (!existsSync(folder)) return 0;
  const locks = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  for (const name of locks) {
    const path = join(folder, name);
    const pid = holderOf(path);
    if (pid !== undefined) await endOf(pid, engineRoot);
    rmSync(path, { force: true });
  }
  return locks.length;
}

async function endOf(pid: number, engineRoot: string): Promise<void> {
  const gone = () => !isEngineOf(pid, engineRoot);
  await waitFor({ what: `the end of engine ${pid}`, timeoutMs: orphanMs, everyMs: 100 }, gone).catch(() => {
    throw new UserError(
      `the engine of an update that was killed is still at work (pid ${pid}); wait for it, or end it with 'kill ${pid}'`,
    );
  });
}

/** What the engine knows to exist, read from its state. */
export function knownResources(checkpoint: string): { urn: string; id: string }[] {
  return (readLatest(checkpoint)?.resources ?? []).flatMap(({ urn, id }) => (id === undefined ? [] : [{ urn, id }]));
}

/**
 * Forgets operations that a kill interrupted. Safe here: the local cloud finishes an interrupted create when it is asked for the same URN again, and
 * deletes and updates are repeatable. The state file is edited where it lies: export and import would carry its secrets in plain through /tmp.
 */
export function forgetPendingOperations(checkpoint: string): number {
  const pending = readLatest(checkpoint)?.pending_operations?.length ?? 0;
  if (pending === 0) return 0;
  const state = checkpointSchema.parse(JSON.parse(readFileSync(checkpoint, "utf8")));
  delete state.checkpoint.latest?.pending_operations;
  writeFileSync(`${checkpoint}.draft`, JSON.stringify(state, undefined, 4), { mode: 0o600 });
  renameSync(`${checkpoint}.draft`, checkpoint);
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

/** A pid is reused; only a process that was given this engine's directory is the engine that wrote the lock. */
function isEngineOf(pid: number, engineRoot: string): boolean {
  try {
    return processIdentity(pid) !== undefined && readFileSync(`/proc/${pid}/environ`, "utf8").includes(engineRoot);
  } catch {
    return false; // it has ended, or is another user's
  }
}
