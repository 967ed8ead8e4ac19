import { Client, type ClientConfig } from "pg";

import { rowsOf, type Session } from "../database/sql";

/** A pod has 30 s by default between SIGTERM and SIGKILL; a cancelled build ends in milliseconds. */
const GIVE_UP_AFTER_MS = 5000;

export interface StopSignal {
  /** Why the run is to end, or null. */
  reason: () => string | null;
  release: () => void;
}

/** On SIGTERM or SIGINT cancels what the session is running, so that a build does not go on without its runner. */
export async function cancelOnSignal(session: Session, connection: ClientConfig): Promise<StopSignal> {
  const [own] = await rowsOf<{ pid: number }>(session, "select pg_backend_pid() as pid");
  let reason: string | null = null;
  const cancel = async () => {
    const client = new Client(connection);
    await client.connect();
    await client.query("select pg_cancel_backend($1)", [own?.pid]);
    await client.end();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    reason = `Stopped by ${signal}`;
    setTimeout(() => process.exit(1), GIVE_UP_AFTER_MS).unref();
    cancel().catch((error: unknown) => {
      process.stderr.write(`error: cannot cancel the running statement: ${String(error)}\n`);
      process.exit(1);
    });
  };
  process.once("SIGTERM", onSignal).once("SIGINT", onSignal);
  return { reason: () => reason, release: () => void process.off("SIGTERM", onSignal).off("SIGINT", onSignal) };
}
