import { setTimeout as pause } from "node:timers/promises";

import type { Budgets } from "../apply/budgets";
import { describeBlockers } from "../apply/blockers";
import { inTransaction, rowsOf, type Session } from "../database/sql";
import { SchemaError, errorCode } from "../errors";

/** lock_not_available, deadlock_detected, serialization_failure: taken back as if it had not been tried. */
const RETRYABLE = new Set(["55P03", "40P01", "40001"]);

/** A transaction older than this will most likely outlive our lock wait: to try would only make others queue. */
const LONG_TRANSACTION_MS = 500;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

export interface ShortLocks {
  /** For the error: what cannot be done without the locks, e.g. "put the partitions in the place of public.visits". */
  purpose: string;
  /** Relations whose locks are asked for, qualified and quoted. */
  relations: string[];
  /** Whether sessions that only read stand in the way too. */
  against: "writers" | "readers and writers";
  budgets: Pick<Budgets, "cutOverLockMs" | "cutOverAttempts">;
  stopping: () => string | null;
  /** Runs before each attempt, without locks: what may be done beforehand, so that the attempt itself is short. */
  prepare?: () => Promise<unknown>;
}

export class StoppedError extends SchemaError {
  constructor(reason: string) {
    super({ what: reason, got: "in the middle of a conversion", cure: "The next run goes on from here." });
  }
}

async function longTransactionHolds(session: Session, locks: ShortLocks): Promise<boolean> {
  const [row] = await rowsOf<{ held: boolean }>(
    session,
    `select exists (
       select from pg_locks
       join pg_stat_activity activity using (pid)
       where pg_locks.locktype = 'relation' and pg_locks.granted
         and pg_locks.database = (select oid from pg_database where datname = current_database())
         and pg_locks.relation = any (select to_regclass(name)::oid from unnest($1::text[]) as name)
         and ($2 or pg_locks.mode not in ('AccessShareLock', 'RowShareLock'))
         and pid <> pg_backend_pid()
         and activity.backend_type = 'client backend'
         and clock_timestamp() - activity.xact_start > $3 * interval '1 ms') as held`,
    [locks.relations, locks.against === "readers and writers", LONG_TRANSACTION_MS],
  );
  return row?.held ?? false;
}

/**
 * Runs `work` in a transaction whose lock waits last cutOverLockMs at most, again and again with a random pause between,
 * until it gets through. While a long transaction holds what we need, it is not even tried, so nobody queues behind us.
 * @throws SchemaError naming the blockers when all attempts are used up; StoppedError when the run is to stop.
 */
export async function underShortLocks<T>(session: Session, locks: ShortLocks, work: () => Promise<T>): Promise<T> {
  const { cutOverAttempts, cutOverLockMs } = locks.budgets;
  for (let attempt = 1, longest = FIRST_PAUSE_MS; attempt <= cutOverAttempts; attempt++) {
    const stop = locks.stopping();
    if (stop !== null) throw new StoppedError(stop);
    await locks.prepare?.();
    if (!(await longTransactionHolds(session, locks)))
      try {
        return await inTransaction(session, async () => {
          await session.query(`set local lock_timeout = ${cutOverLockMs}`);
          return await work();
        });
      } catch (error) {
        if (!RETRYABLE.has(errorCode(error)) || locks.stopping() !== null) throw error;
      }
    await pause(longest * (0.5 + Math.random() / 2));
    longest = Math.min(LONGEST_PAUSE_MS, longest * 1.3);
  }
  const blockers = await describeBlockers(session, locks.relations[0] ?? null);
  throw new SchemaError({
    what: `No moment was found to ${locks.purpose}: ${cutOverAttempts} attempts of ${cutOverLockMs} ms each`,
    got: blockers.length === 0 ? "no open transaction in sight any more" : blockers.join("; "),
    cure: "End or wait for these sessions, or allow a longer wait with PLINTH_CUT_OVER_LOCK_MS, then run the hook again: it goes on from here. Nothing is lost, and the application goes on meanwhile.",
  });
}
