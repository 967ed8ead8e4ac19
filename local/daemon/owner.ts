import { processIdentity } from "../processes/process-identity";

const lookEveryMs = 500;

/** Calls `gone` once the process has ended. */
export function watchOwner(pid: number, gone: () => void): void {
  const identity = processIdentity(pid);
  if (identity === undefined) return gone();
  const timer = setInterval(() => {
    if (processIdentity(pid) === identity) return;
    clearInterval(timer);
    gone();
  }, lookEveryMs);
  timer.unref();
}
