import { readFileSync, readdirSync } from "node:fs";
import { processIdentity } from "../../local/processes/process-identity";

/** Living children of each process, by the parent's pid. */
function families(): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const pid = Number(name);
    const parent = processIdentity(pid) === undefined ? undefined : parentOf(pid);
    if (parent !== undefined) found.set(parent, [...(found.get(parent) ?? []), pid]);
  }
  return found;
}

/** Pids of the living processes that this one has started itself. */
export function childrenOf(pid: number): number[] {
  return (families().get(pid) ?? []).sort((a, b) => a - b);
}

/** Pids of its children, of theirs, and so on. */
export function descendantsOf(pid: number): number[] {
  const all = families();
  const below = (each: number): number[] => (all.get(each) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // proc(5): after the name in parentheses come the state and the parent.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // it has just ended
  }
}
