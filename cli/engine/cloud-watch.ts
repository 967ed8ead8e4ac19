import type { DaemonRecord } from "../../local/daemon/daemon-record";
import { processIdentity } from "../../local/processes/process-identity";

const lookEveryMs = 200;

export interface CloudWatch {
  /** Aborted once the local cloud has ended: what the engine asks of it then is never answered. */
  readonly signal: AbortSignal;
  end(): void;
}

/** Watches the local cloud while an update needs it. */
export function watchCloud({ pid, identity }: Pick<DaemonRecord, "pid" | "identity">): CloudWatch {
  const controller = new AbortController();
  const timer = setInterval(() => {
    if (processIdentity(pid) === identity) return;
    clearInterval(timer);
    controller.abort();
  }, lookEveryMs).unref();
  return { signal: controller.signal, end: () => clearInterval(timer) };
}
