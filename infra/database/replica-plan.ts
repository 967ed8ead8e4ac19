/** Where one replica goes. */
export interface PlannedReplica {
  readonly identifier: string;
  readonly zone: string;
}

/** Replicas over the zones in turn: two replicas never share a zone while there is another. */
export function replicaPlan(
  prefix: string,
  count: number,
  subnets: readonly { readonly zone: string }[],
): PlannedReplica[] {
  const zones = [...new Set(subnets.map((subnet) => subnet.zone))].sort();
  return Array.from({ length: count }, (_, index) => ({
    identifier: `${prefix}-replica-${index + 1}`,
    zone: zones[index % zones.length] ?? "",
  }));
}
