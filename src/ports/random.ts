/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/** The real thing, for ids and jitter. */
export const systemRandom: Random = Math.random;

/**
 * A repeatable generator for simulations and property tests: Mulberry32 by Tommy Ettinger
 * (public domain), 32 bits of state.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
