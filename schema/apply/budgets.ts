/** How long to wait for locks, and how often to try. */
export interface Budgets {
  /** Longest wait for a lock that makes others queue behind us. */
  shortLockSeconds: number;
  /** Longest wait of a concurrent index build, which waits for every older transaction but blocks nobody. */
  buildLockSeconds: number;
  /** Tries of one step when a lock or a deadlock was the reason. */
  attempts: number;
  /** Pause before the second try, in milliseconds; doubled for each further one. */
  firstPauseMs: number;
  /** Longest wait, in milliseconds, for the locks of a moment (cut-over, triggers): others queue behind us that long. */
  cutOverLockMs: number;
  /** Tries of such a moment, with a random pause of 0.1 to 2 s between them, before the blockers are named. */
  cutOverAttempts: number;
}

/** 3 s and 10 min: the two budgets that practice converged on (freehire PR 2365, convoy PR 2814). */
export const DEFAULT_BUDGETS: Budgets = {
  shortLockSeconds: 3,
  buildLockSeconds: 600,
  attempts: 5,
  firstPauseMs: 500,
  cutOverLockMs: 50,
  cutOverAttempts: 120,
};

/** SET lock_timeout for the session, or for the transaction with `scope` "local". */
export function lockTimeoutSql(seconds: number, scope: "session" | "local" = "session"): string {
  return `set ${scope} lock_timeout = ${Math.round(seconds * 1000)}`;
}
