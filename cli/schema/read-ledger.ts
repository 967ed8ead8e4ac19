import { rowsOf } from "../../schema/database/sql";
import { connectWithin } from "../../schema/hook/connect";
import type { HookSettings } from "../../schema/hook/environment";

export interface LedgerLine {
  readonly id: string;
  readonly started: string;
  readonly who: string;
  readonly actor: string | null;
  readonly client: string | null;
  readonly step: string;
  readonly action: string;
  readonly reason: string;
  readonly result: string;
  readonly attempts: number | null;
  readonly durationMs: number | null;
  readonly lockWaitMs: number | null;
  readonly sqlState: string | null;
  readonly detail: string | null;
  readonly run: string;
}

/** The newest entries, none when no run has changed anything yet. Any role that may read `plinth.ledger_report` will do. */
export async function readLedger(settings: HookSettings, limit: number): Promise<LedgerLine[]> {
  const client = await connectWithin(settings.connection, settings.startDeadlineSeconds, () => undefined);
  try {
    const [present] = await rowsOf<{ present: boolean }>(
      client,
      "select to_regclass('plinth.ledger_report') is not null as present",
    );
    if (!present?.present) return [];
    return await rowsOf<LedgerLine & Record<string, unknown>>(
      client,
      `select id::text, to_char(started at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as started, who, actor,
              host(client) as client, step, action, reason, result, attempts, duration_ms as "durationMs",
              lock_wait_ms as "lockWaitMs", sql_state as "sqlState", detail, run::text
       from plinth.ledger_report limit $1`,
      [limit],
    );
  } finally {
    await client.end();
  }
}
