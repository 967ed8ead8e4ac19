/** Kubernetes waits 10 s, doubling to 5 min, and forgets after 10 min without a crash; the local cloud's clock runs ten times faster. */
const firstMs = 1_000;
const longestMs = 30_000;
export const forgivenAfterMs = 60_000;

/** How long to wait before the n-th restart in a row (n from 1): the first is immediate, then 1 s, 2 s, 4 s … 30 s. */
export function backOffMs(restart: number): number {
  return restart <= 1 ? 0 : Math.min(firstMs * 2 ** (restart - 2), longestMs);
}
