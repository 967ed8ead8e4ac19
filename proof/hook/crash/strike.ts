import { Client } from "pg";

import type { RunningHook } from "../../support/hook-bundle";
import type { Arena } from "./arena";
import type { Interruption } from "./trial-plan";
import type { WireTap } from "./wire-tap";

/** Statements by which the hook's books are kept: where a step, a part of one or a conversion's milestone begins or ends. */
const BOUNDARY =
  /(create table|insert into|update) plinth\.ledger\b|(create table|insert into) plinth\.conversion\b|update plinth\.conversion set phase/;

export function isBoundary(sql: string): boolean {
  return BOUNDARY.test(sql);
}

/** Longer than any run here takes: a hook that is still there hangs. */
const HANGS_AFTER_MS = 60_000;

function within<T>(work: Promise<T>, ms: number): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Resolves at the place of the interruption. */
function reached(tap: WireTap, { place }: Interruption): Promise<"reached"> {
  return new Promise((resolve) => {
    const reachedIt = () => resolve("reached");
    let boundaries = 0;
    tap.watch({
      onStatement: (sql) => {
        if (!isBoundary(sql) || boundaries++ !== place.boundary) return "pass";
        if (place.at === "boundary") return place.how;
        setTimeout(reachedIt, place.afterMs);
        return "pass";
      },
      onCaught: reachedIt,
    });
  });
}

async function terminateBackends(arena: Arena, database: string): Promise<void> {
  const client = new Client(arena.server.superuser);
  await client.connect();
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plinth-hook' and datname = $1",
    [database],
  );
  await client.end();
}

export interface StrikeResult {
  /** False when the run was over before the place was reached. */
  struck: boolean;
  problems: string[];
}

/**
 * Lets the run go on to the place, interrupts it there, and waits until it is over. `coin` in [0, 1) chooses between two
 * ways of the same kind: an immediate stop or a killed postmaster, a reset or a terminated session.
 */
export async function strike(
  arena: Arena,
  tap: WireTap,
  database: string,
  start: () => RunningHook,
  interruption: Interruption,
  coin: number,
): Promise<StrikeResult> {
  const place = reached(tap, interruption);
  const run = start();
  const first = await within(Promise.race([place, run.ended]), HANGS_AFTER_MS);
  if (first === "late") {
    run.child.kill("SIGKILL");
    await run.ended;
    return { struck: false, problems: ["the hook hung before it was interrupted"] };
  }
  if (first !== "reached")
    return {
      struck: false,
      problems: first.code === 0 ? [] : [`the hook failed before it was interrupted:\n${first.output}`],
    };
  switch (interruption.kind) {
    case "kill":
      run.child.kill("SIGKILL");
      break;
    case "crash":
      await arena.server.crash(coin < 0.5 ? "SIGQUIT" : "SIGKILL");
      await arena.server.restart();
      break;
    case "cut":
      if (coin < 0.5) await terminateBackends(arena, database);
      tap.cut();
      break;
  }
  tap.watch(null);
  const over = await within(run.ended, HANGS_AFTER_MS);
  tap.cut();
  if (over !== "late") return { struck: true, problems: [] };
  run.child.kill("SIGKILL");
  await run.ended;
  return { struck: true, problems: ["the hook did not end although its connection was gone"] };
}
