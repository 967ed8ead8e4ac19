import { randomUUID } from "node:crypto";

import { createOwnedSql } from "../plan/owned-sql";
import { inTransaction, rowsOf, type Session } from "../database/sql";

export interface LedgerEntry {
  step: string;
  action: string;
  /** Of what the step does: the same operation has the same digest. */
  digest: string;
  reason: string;
}

export interface LedgerOutcome {
  result: "done" | "failed";
  durationMs: number;
  attempts: number;
  /** Time spent waiting for locks, sampled: waits shorter than a sample may be missing. Unknown for parts of maintenance. */
  lockWaitMs?: number;
  sqlState?: string;
  detail?: string;
}

/** On whose behalf a run is: what the database's own `session_user` cannot tell. */
export interface RunIdentity {
  /** Digest of the manifest that was applied. */
  manifestDigest: string;
  /** The Job's or person's name, from PLINTH_ACTOR. */
  actor?: string;
}

/** Columns that came after the first version, for ledgers that are older. */
const LATER_COLUMNS: Record<string, string> = {
  lock_wait_ms: "integer",
  sql_state: "text",
  manifest: "text",
  actor: "text",
  client: "inet default inet_client_addr()",
};

const INTERRUPTED = "update plinth.ledger set result = 'interrupted' where result = 'running'";

/** plinth.ledger: every change ever made, by whom, when, how long it took and waited, and how it ended. */
export class Ledger {
  readonly #session: Session;
  readonly #identity: RunIdentity;
  readonly #run = randomUUID();

  private constructor(session: Session, identity: RunIdentity) {
    this.#session = session;
    this.#identity = identity;
  }

  /** Makes the table if need be, and closes entries of a runner that died: the caller holds the runner lock. */
  static async open(session: Session, identity: RunIdentity): Promise<Ledger> {
    await makeTable(session);
    await addLaterColumns(session);
    await session.query(createOwnedSql);
    await makeReport(session);
    await letMonitorsRead(session);
    await session.query(INTERRUPTED);
    return new Ledger(session, identity);
  }

  /**
   * Closes entries of a runner that died after its work was done and before it could say so: then the next run has
   * nothing to do, and opens no ledger. The caller holds the runner lock.
   */
  static async closeInterrupted(session: Session): Promise<void> {
    const [there] = await rowsOf<{ open: boolean }>(session, "select to_regclass('plinth.ledger') is not null as open");
    if (there?.open) await session.query(INTERRUPTED);
  }

  async begin(entry: LedgerEntry): Promise<string> {
    const [row] = await rowsOf<{ id: string }>(
      this.#session,
      `insert into plinth.ledger (run, step, action, digest, reason, manifest, actor)
       values ($1, $2, $3, $4, $5, $6, $7) returning id::text`,
      [
        this.#run,
        entry.step,
        entry.action,
        entry.digest,
        entry.reason,
        this.#identity.manifestDigest,
        this.#identity.actor ?? null,
      ],
    );
    if (row === undefined) throw new Error("the ledger returned no entry");
    return row.id;
  }

  async end(id: string, outcome: LedgerOutcome): Promise<void> {
    await this.#session.query(
      `update plinth.ledger
       set result = $2, duration_ms = $3, attempts = $4, detail = $5, lock_wait_ms = $6, sql_state = $7
       where id = $1::bigint`,
      [
        id,
        outcome.result,
        Math.round(outcome.durationMs),
        outcome.attempts,
        outcome.detail ?? null,
        outcome.lockWaitMs ?? null,
        outcome.sqlState ?? null,
      ],
    );
  }
}

async function makeTable(session: Session): Promise<void> {
  const [present] = await rowsOf<{ present: boolean }>(
    session,
    "select to_regclass('plinth.ledger') is not null as present",
  );
  if (present?.present) return;
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
}

async function addLaterColumns(session: Session): Promise<void> {
  const present = await rowsOf<{ name: string }>(
    session,
    "select attname::text as name from pg_attribute where attrelid = 'plinth.ledger'::regclass and attnum > 0 and not attisdropped",
  );
  const missing = Object.entries(LATER_COLUMNS).filter(([column]) => !present.some(({ name }) => name === column));
  if (missing.length === 0) return;
  await session.query(
    `alter table plinth.ledger ${missing.map(([column, type]) => `add column if not exists ${column} ${type}`).join(", ")}`,
  );
}

/** What an auditor reads: one line a change, the newest first. */
async function makeReport(session: Session): Promise<void> {
  const [present] = await rowsOf<{ present: boolean }>(
    session,
    "select to_regclass('plinth.ledger_report') is not null as present",
  );
  if (present?.present) return;
  await session.query(
    `create view plinth.ledger_report as
     select id, started, who, actor, client, step, action, reason, result, attempts,
            duration_ms, lock_wait_ms, sql_state, detail, left(manifest, 12) as manifest, run
     from plinth.ledger order by id desc`,
  );
}

/** An alarm watches for failed steps: whoever may see the server's statistics may read this, and nobody else. */
async function letMonitorsRead(session: Session): Promise<void> {
  const [allowed] = await rowsOf<{ already: boolean }>(
    session,
    `select has_schema_privilege('pg_monitor', 'plinth', 'usage')
            and has_table_privilege('pg_monitor', 'plinth.ledger', 'select')
            and has_table_privilege('pg_monitor', 'plinth.ledger_report', 'select') as already`,
  );
  if (allowed?.already) return;
  await session.query("grant usage on schema plinth to pg_monitor");
  await session.query("grant select on plinth.ledger, plinth.ledger_report to pg_monitor");
}
