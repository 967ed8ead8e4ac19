import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const claimSchema = z.object({ root: z.string() });

/** 127.0.x.x is everybody's; the first few networks are left to whatever else uses loopback aliases by hand. */
const firstNetwork = 16;
const lastNetwork = 254;

/**
 * Claims a loopback network 127.N for the state directory `root` on this machine. The claim stands as long as the directory does,
 * so that addresses in the state keep their meaning over restarts, and two checkouts never share a network.
 * @param registry directory that all clouds of the machine use.
 */
export function claimNetwork(registry: string, root: string): string {
  mkdirSync(registry, { recursive: true, mode: 0o755 });
  const numbers = Array.from({ length: lastNetwork - firstNetwork + 1 }, (_, index) => firstNetwork + index);
  const claims = numbers.map((number) => ({ number, path: join(registry, String(number)) }));
  const mine = claims.find(({ path }) => holder(path) === root);
  if (mine) return `127.${mine.number}`;
  for (const { number, path } of claims) {
    const held = holder(path);
    if (held !== undefined && !existsSync(held)) rmSync(path, { force: true });
    if (tryClaim(path, root)) return `127.${number}`;
  }
  throw new Error(
    `all ${claims.length} loopback networks are claimed (${registry}); run 'plinth down --delete' in checkouts you no longer need`,
  );
}

export function releaseNetwork(registry: string, root: string): void {
  for (let number = firstNetwork; number <= lastNetwork; number += 1) {
    const path = join(registry, String(number));
    if (holder(path) === root) rmSync(path, { force: true });
  }
}

function holder(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8");
  const parsed = text === "" ? undefined : claimSchema.safeParse(JSON.parse(text));
  return parsed?.success ? parsed.data.root : "";
}

function tryClaim(path: string, root: string): boolean {
  try {
    writeFileSync(path, JSON.stringify({ root }), { flag: "wx", mode: 0o644 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
