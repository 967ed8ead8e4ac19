/** Numbers in [0, 1) that the same seed gives again (a linear congruential generator; Numerical Recipes, 2nd edition, chapter 7.1). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
