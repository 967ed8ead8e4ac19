/** Pods of one fleet, lowest and highest. */
export interface FleetSize {
  readonly minPods: number;
  readonly maxPods: number;
}

/** Shares a pooler's pods out among its servers, at least one each: a fleet of PgBouncers has one server (see `PoolerFleet`). */
export function fleetSize(pooler: FleetSize, servers: number): FleetSize {
  const share = (pods: number) => Math.max(1, Math.ceil(pods / servers));
  return { minPods: share(pooler.minPods), maxPods: share(pooler.maxPods) };
}
