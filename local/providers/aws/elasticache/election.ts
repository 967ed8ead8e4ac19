import type { ReplicationState } from "../../../processes/redis-node";

interface Candidate {
  replication(): Promise<ReplicationState>;
}

/**
 * The replica that has seen most of the primary's stream. One that never was in sync has nothing to offer: promoting it would throw the data
 * away that the primary's journal still has.
 */
export async function electPrimary(
  numbers: readonly number[],
  node: (number: number) => Candidate,
): Promise<number | undefined> {
  const states = await Promise.allSettled(
    numbers.map(async (number) => ({ number, ...(await node(number).replication()) })),
  );
  const answered = states.flatMap((state) => (state.status === "fulfilled" ? [state.value] : []));
  const [best] = answered.filter(({ complete }) => complete).sort((a, b) => b.offset - a.offset || a.number - b.number);
  return best?.number;
}
