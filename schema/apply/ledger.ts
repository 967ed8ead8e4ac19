import { randomUUID } from "node:crypto";

import { inTransaction, rowsOf, type Session } from "../database/sql";

export interface LedgerEntry {
  step: string;
  action: string;
  digest: string;
  reason: string;
}

/** plinth.ledger: every change ever made, by whom, when, how long it took and how it ended. */
export class Ledger {
  readonly #session: Session;
  readonly #run = randomUUID();

  private constructor(session: Session) {
    this.#session = session;
  }

  /** Makes the table if need be, and closes entries of a runner that died: the caller holds the runner lock. */
  static async open(session: Session): Promise<Ledger> {
    const [present] = await rowsOf<{ present: boolean }>(
      session,
      "select to_regclass('plinth.ledger') is not null as present",
    );
    if (!present?.present)
      await inTransaction(session, async () => {
        await session.query("create schema if not exists plinth");
        await session.query(
          `create table plinth.ledger (
             id bigint generated always as identity primary key,
             run uuid not null,
             step text not null,
             action text not null,
             digest text not null,
             reason text not null,
             who text not null default session_user,
             started timestamptz not null default clock_timestamp(),
             duration_ms integer,
             attempts integer,
             result text not null default 'running' check (result in ('running', 'done', 'failed', 'interrupted')),
             detail text
           )`,
        );
      });
    await letMonitorsRead(session);
    await session.query("update plinth.ledger set result = 'interrupted' where result = 'running'");
    return new Ledger(session);
  }

  async begin(entry: LedgerEntry): Promise<string> {
    const [row] = await rowsOf<{ id: string }>(
      this.#session,
      "insert into plinth.ledger (run, step, action, digest, reason) values ($1, $2, $3, $4, $5) returning id::text",
      [this.#run, entry.step, entry.action, entry.digest, entry.reason],
    );
    if (row === undefined) throw new Error("the ledger returned no entry");
    return row.id;
  }

  async end(
    id: string,
    outcome: { result: "done" | "failed"; durationMs: number; attempts: number; detail?: string },
  ): Promise<void> {
    await this.#session.query(
      "update plinth.ledger set result = $2, duration_ms = $3, attempts = $4, detail = $5 where id = $1::bigint",
      [id, outcome.result, Math.round(outcome.durationMs), outcome.attempts, outcome.detail ?? null],
    );
  }
}

/** An alarm watches for failed steps: whoever may see the server's statistics may read this, and nobody else. */
async function letMonitorsRead(session: Session): Promise<void> {
  const [allowed] = await rowsOf<{ already: boolean }>(
    session,
    `select has_schema_privilege('pg_monitor', 'plinth', 'usage')
            and has_table_privilege('pg_monitor', 'plinth.ledger', 'select') as already`,
  );
  if (allowed?.already) return;
  await session.query("grant usage on schema plinth to pg_monitor");
  await session.query("grant select on plinth.ledger to pg_monitor");
}
