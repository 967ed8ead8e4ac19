import { readFileSync } from "node:fs";
import { join } from "node:path";

import { manifestSchema, type ManifestInput } from "../../../schema/manifest/manifest-schema";
import { HookBundle } from "../../support/hook-bundle";
import type { Arena, Contender } from "./contender";

const MANIFEST = join(__dirname, "../../../schema/clinic/manifest.json");

/** The clinic's manifest without login roles: the bench has no password files. */
export function benchManifest(history: "split" | "whole" | "none"): ManifestInput {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(MANIFEST, "utf8")));
  return {
    ...manifest,
    roles: manifest.roles.map((role) => ({ ...role, login: false })),
    tables: manifest.tables.map(({ partition, ...table }) =>
      partition === undefined || history === "none" ? table : { ...table, partition: { ...partition, history } },
    ),
  };
}

/** A line of the hook's log that ends a phase, and the phase's name. */
export function phaseOf(line: string): string | null {
  const part = /^part +partitions of \S+ .*?: (.+?) in [\d.]+ m?s/.exec(line);
  if (part?.[1] !== undefined) return `partitions: ${part[1]}`;
  const done = /^done +\[\d+\/\d+\] \w+ (.+?) in [\d.]+ m?s/.exec(line);
  if (done?.[1] === undefined) return null;
  const [kind = ""] = done[1].split(" ");
  if (done[1].startsWith("partitions of")) return "partitions: rest";
  return ["index", "statistics"].includes(kind)
    ? `${kind === "index" ? "indexes" : kind}`
    : "roles, grants, routines, analyse";
}

async function runHook(arena: Arena, manifest: ManifestInput): Promise<string[]> {
  const bundle = new HookBundle();
  try {
    const running = bundle.start(arena.master, { PLINTH_MANIFEST: bundle.writeManifest("bench", manifest) });
    let rest = "";
    running.child.stdout?.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const phase = phaseOf(line);
        if (phase !== null) arena.phaseEnded(phase);
      }
    });
    const limit = setTimeout(() => running.child.kill("SIGTERM"), arena.limitSeconds * 1000);
    const run = await running.ended;
    clearTimeout(limit);
    if (run.code !== 0) throw new Error(run.lines.at(-1) ?? "");
    const retries = run.lines.filter((line) => line.startsWith("retry")).length;
    return [run.lines.at(-1) ?? "", ...(retries > 0 ? [`${retries} retries`] : [])];
  } finally {
    bundle.dispose();
  }
}

export const hookCopy: Contender = {
  name: "hook",
  what: "the whole manifest; the table becomes monthly partitions by a copy that follows the writes",
  run: (arena) => runHook(arena, benchManifest("split")),
};

export const hookAttach: Contender = {
  name: "hook, history whole",
  what: "the whole manifest; the table itself becomes the partition of the past",
  run: (arena) => runHook(arena, benchManifest("whole")),
};
