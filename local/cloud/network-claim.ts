import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { claimFile, readClaim } from "./claim-file";

const claimSchema = z.object({ root: z.string() });

/** 127.0.x.x is everybody's; the first few networks are left to whatever else uses loopback aliases by hand. */
const firstNetwork = 16;
const lastNetwork = 254;
const numbers = Array.from({ length: lastNetwork - firstNetwork + 1 }, (_, index) => firstNetwork + index);

/**
 * Claims a loopback network 127.N for the state directory `root` on this machine. The claim stands as long as the directory does,
 * so that addresses in the state keep their meaning over restarts, and two checkouts never share a network.
 * @param registry directory that all clouds of the machine use, whoever runs them.
 * @param before the network that the state's addresses are in, as an earlier claim answered; it is claimed again or not at all.
 */
export function claimNetwork(registry: string, root: string, before?: string): string {
  openRegistry(registry);
  const mine = numbers.find((number) => holder(registry, number) === root);
  if (mine !== undefined) return `127.${mine}`;
  const wanted = before === undefined ? numbers : numbers.filter((number) => `127.${number}` === before);
  for (const number of wanted) {
    const held = holder(registry, number);
    if (held !== undefined && !isGone(held)) continue;
    const options = { schema: claimSchema, isStale: (claim: { root: string }) => isGone(claim.root), mode: 0o644 };
    try {
      if (claimFile(join(registry, String(number)), { root }, options) === undefined) return `127.${number}`;
    } catch (error) {
      // The left-over claim of another user, which the sticky directory keeps us from replacing.
      if (!hasCode(error, "EPERM", "EACCES")) throw error;
    }
  }
  if (before !== undefined)
    throw new Error(
      `the network ${before} of this stack is ${holder(registry, Number(before.slice(4))) ?? "another user"}'s now (${registry}); run 'plinth down --delete' in one of the two`,
    );
  throw new Error(
    `all ${numbers.length} loopback networks are claimed (${registry}); run 'plinth down --delete' in checkouts you no longer need`,
  );
}

/** Gives back the network of `root`, if it has one. */
export function releaseNetwork(registry: string, root: string): void {
  for (const number of numbers) {
    if (holder(registry, number) === root) rmSync(join(registry, String(number)), { force: true });
  }
}

/** Users share the registry, as they share the loopback networks: like /tmp, each may remove only what is his. */
function openRegistry(registry: string): void {
  mkdirSync(registry, { recursive: true });
  const { uid, mode } = statSync(registry);
  if (uid === process.getuid?.() && (mode & 0o7777) !== 0o1777) chmodSync(registry, 0o1777);
}

function holder(registry: string, number: number): string | undefined {
  const claim = readClaim(join(registry, String(number)), claimSchema);
  return claim === "none" || claim === "torn" ? undefined : claim.root;
}

/** Only "there is no such directory" frees a network; one that we may not look into is somebody's. */
function isGone(root: string): boolean {
  try {
    readdirSync(root);
    return false;
  } catch (error) {
    return hasCode(error, "ENOENT");
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return typeof error === "object" && error !== null && "code" in error && codes.includes(String(error.code));
}
