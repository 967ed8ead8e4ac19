import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { claimFile, readClaim } from "../cloud/claim-file";
import { processIdentity } from "../processes/process-identity";

const recordSchema = z.object({
  pid: z.number().int(),
  identity: z.string(),
  /** Digest of the code it runs; another digest means that it has to be restarted. */
  code: z.string(),
  /** Value for PULUMI_DEBUG_PROVIDERS; empty until the daemon is ready. */
  attachList: z.string(),
  network: z.string(),
  caFile: z.string(),
});

export type DaemonRecord = z.infer<typeof recordSchema>;

const pathIn = (root: string) => join(root, "daemon.json");

export const socketIn = (root: string) => join(root, "control.sock");
export const logIn = (root: string) => join(root, "logs", "cloud.log");

/** The daemon that is alive in this state directory, ready or not. */
export function liveDaemon(root: string): DaemonRecord | undefined {
  const record = read(root);
  return record && isAlive(record) ? record : undefined;
}

/** Takes the state directory for this process. @returns the other daemon when one is alive. */
export function claimDaemon(root: string, draft: DaemonRecord): DaemonRecord | undefined {
  return claimFile(pathIn(root), draft, { schema: recordSchema, isStale: (held) => !isAlive(held), mode: 0o600 });
}

export function announceDaemon(root: string, record: DaemonRecord): void {
  writeFileSync(`${pathIn(root)}.draft`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${pathIn(root)}.draft`, pathIn(root));
}

export function withdrawDaemon(root: string): void {
  if (read(root)?.pid === process.pid) rmSync(pathIn(root), { force: true });
}

function read(root: string): DaemonRecord | undefined {
  const record = readClaim(pathIn(root), recordSchema);
  return record === "none" || record === "torn" ? undefined : record;
}

function isAlive({ pid, identity }: DaemonRecord): boolean {
  return processIdentity(pid) === identity;
}
