import pc from "picocolors";
import { duration } from "../../schema/hook/report";
import type { LedgerLine } from "./read-ledger";

const COLOURS: Record<string, (text: string) => string> = {
  done: pc.green,
  failed: pc.red,
  interrupted: pc.yellow,
  running: pc.cyan,
};

const time = (ms: number | null) => (ms === null ? "" : duration(ms));

/** A line an entry; a failure has a second one with its cause. */
export function renderLedger(entries: readonly LedgerLine[]): string {
  if (entries.length === 0) return "the ledger is empty: no run has changed anything yet";
  return entries
    .flatMap((entry) => {
      const colour = COLOURS[entry.result] ?? pc.dim;
      const waited = (entry.lockWaitMs ?? 0) > 0 ? `, waited ${time(entry.lockWaitMs)} for locks` : "";
      const who = entry.actor === null ? entry.who : `${entry.who} for ${entry.actor}`;
      return [
        `${pc.dim(entry.started)} ${colour(entry.result.padEnd(11))} ${entry.action} ${entry.step} ${pc.dim(`${time(entry.durationMs)}${waited}, ${who}`)}`,
        ...(entry.detail === null ? [] : [pc.dim(`${" ".repeat(33)}${entry.detail}`)]),
      ];
    })
    .join("\n");
}
