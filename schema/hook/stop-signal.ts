import { Client, type ClientConfig } from "pg";

import { rowsOf, type Session } from "../database/sql";

/** A pod has 30 s or more between SIGTERM and SIGKILL; a cancelled build ends in milliseconds. */
const GIVE_UP_AFTER_MS = 5000;

/**
 * Listens for SIGTERM and SIGINT from the first moment: as process 1 of a container there is no default that would end
 * the program. While a session is watched, the signal cancels what that session runs, so that a build does not go on
 * without its runner.
 */
export class StopSignal {
  #reason: string | null = null;
  #cancel: (() => Promise<void>) | null = null;

  constructor() {
    const onSignal = (signal: NodeJS.Signals) => this.#stop(signal);
    process.once("SIGTERM", onSignal).once("SIGINT", onSignal);
  }

  /** Why the run is to end, or null. */
  readonly reason = (): string | null => this.#reason;

  async watch(session: Session, connection: ClientConfig): Promise<void> {
    const [own] = await rowsOf<{ pid: number }>(session, "select pg_backend_pid() as pid");
    this.#cancel = async () => {
      const client = new Client(connection);
      await client.connect();
      await client.query("select pg_cancel_backend($1)", [own?.pid]);
      await client.end();
    };
  }

  #stop(signal: NodeJS.Signals): void {
    this.#reason = `Stopped by ${signal}`;
    if (this.#cancel === null) {
      process.stdout.write(`error: ${this.#reason} before anything was done\n`);
      process.exit(1);
    }
    setTimeout(() => process.exit(1), GIVE_UP_AFTER_MS).unref();
    this.#cancel().catch((error: unknown) => {
      process.stdout.write(
        `error: ${this.#reason}, but the running statement could not be cancelled: ${String(error)}\n`,
      );
      process.exit(1);
    });
  }
}
