import { createHash, randomBytes } from "node:crypto";

/**
 * A uniform source over 0 … limit-1. The same seed gives the same numbers for ever; they are not the numbers Go's generator would give the
 * real provider for that seed. Without a seed it is fresh and cryptographically random.
 */
export function uniformSource(seed: string | undefined): (limit: number) => number {
  const key = seed === undefined || seed === "" ? randomBytes(32) : Buffer.from(seed);
  let counter = 0n;
  const next64 = () => {
    const block = Buffer.alloc(8);
    block.writeBigUInt64BE(counter);
    counter += 1n;
    return createHash("sha256").update(key).update(block).digest().readBigUInt64BE();
  };
  return (limit) => {
    const range = BigInt(limit);
    const fair = (1n << 64n) - ((1n << 64n) % range); // draws at or above this would favour small numbers
    for (;;) {
      const draw = next64();
      if (draw < fair) return Number(draw % range);
    }
  };
}
