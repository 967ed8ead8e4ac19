/** Connections of one backend, in numbers that must add up. */
export interface ConnectionBudget {
  /** What is added up, e.g. "primary db.t4g.small". */
  readonly backend: string;
  readonly maxConnections: number;
  /** Pods that may hold connections at once: the autoscaler's maximum and one more while a rollout replaces pods. */
  readonly pods: number;
  /** Server connections that one pod may open: default_pool_size + reserve_pool_size, capped by max_db_connections. */
  readonly perPod: number;
}

/** Slots only a superuser gets: superuser_reserved_connections (3, PostgreSQL default) and RDS's own sessions (2). */
export const reservedForSuperuser = 5;

/** Sessions that bypass the pooler: hook and maintenance (3), exporters (2), people in an incident (5). */
export const directConnections = 10;

/** Share of the usable connections that may be promised; the rest absorbs sessions that are still closing. */
export const usableShare = 0.9;

/** Number of connections the poolers and direct clients may need at worst. */
export function connectionsNeeded(budget: ConnectionBudget): number {
  return budget.pods * budget.perPod + directConnections;
}

/** Number of connections that may be promised on this backend. */
export function connectionsAvailable(budget: ConnectionBudget): number {
  return Math.floor(usableShare * (budget.maxConnections - reservedForSuperuser));
}

/** One sentence of arithmetic when the budget does not add up, undefined when it does. */
export function budgetShortfall(budget: ConnectionBudget): string | undefined {
  const needed = connectionsNeeded(budget);
  const available = connectionsAvailable(budget);
  if (needed <= available) return undefined;
  return (
    `${budget.backend}: ${budget.pods} pods × ${budget.perPod} + ${directConnections} direct = ${needed} connections, ` +
    `but only ${available} of max_connections ${budget.maxConnections} may be promised`
  );
}

/** The pool size per pod that would just fit, at least 0. */
export function largestPerPod(budget: ConnectionBudget): number {
  return Math.max(0, Math.floor((connectionsAvailable(budget) - directConnections) / budget.pods));
}
