export interface RolloutPod {
  readonly name: string;
  /** Made from the current template. */
  readonly current: boolean;
  /** Ready for at least `minReadySeconds`. */
  readonly available: boolean;
  readonly createdAt: number;
}

export interface RolloutTarget {
  readonly replicas: number;
  readonly strategy: "RollingUpdate" | "Recreate";
  /** Pods allowed beyond and below `replicas` during a rolling update. */
  readonly surge: number;
  readonly unavailable: number;
}

export interface RolloutStep {
  readonly create: number;
  /** Names of pods to end. */
  readonly remove: readonly string[];
}

/**
 * What to do next for a Deployment; `pods` are those not yet told to end, `ending` the number of those that were. A rolling step never ends an
 * available pod when that would leave fewer than `replicas - unavailable`, and never makes more than `replicas + surge`.
 */
export function nextStep(target: RolloutTarget, pods: readonly RolloutPod[], ending: number): RolloutStep {
  const current = pods.filter((pod) => pod.current).sort(worstFirst);
  const old = pods.filter((pod) => !pod.current).sort(worstFirst);
  const surplus = current.slice(0, Math.max(0, current.length - target.replicas)).map(({ name }) => name);
  const missing = Math.max(0, target.replicas - current.length);
  if (target.strategy === "Recreate") {
    if (old.length > 0) return { create: 0, remove: [...old.map(({ name }) => name), ...surplus] };
    return { create: ending > 0 ? 0 : missing, remove: surplus };
  }
  const create = Math.min(missing, Math.max(0, target.replicas + target.surge - pods.length));
  const minimum = target.replicas - target.unavailable;
  const currentUnavailable = current.filter(({ available }) => !available).length;
  const removable = Math.max(0, pods.length - surplus.length - minimum - currentUnavailable);
  const spare = Math.max(0, pods.filter(({ available }) => available).length - surplus.length - minimum);
  const removed: string[] = [];
  for (const pod of old) {
    const isSafe =
      !pod.available || removed.filter((name) => old.some((p) => p.name === name && p.available)).length < spare;
    if (removed.length < removable && isSafe) removed.push(pod.name);
  }
  return { create, remove: [...surplus, ...removed] };
}

/** A count or a percentage of the replicas; Kubernetes rounds surge up and unavailability down. */
export function share(value: number | string | undefined, replicas: number, round: "up" | "down"): number {
  if (typeof value === "number") return value;
  const exact = (replicas * Number.parseFloat(value ?? "25%")) / 100;
  return round === "up" ? Math.ceil(exact) : Math.floor(exact);
}

/** Not available before available, then the youngest first. */
function worstFirst(a: RolloutPod, b: RolloutPod): number {
  return Number(a.available) - Number(b.available) || b.createdAt - a.createdAt;
}
