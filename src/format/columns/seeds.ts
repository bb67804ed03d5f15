import { millionthsOf } from "../decimal.ts";
import type { Levels } from "../level.ts";

/** Sides of changes by their codes. All other texts are odd. */
export const SIDES = ["BUY", "SELL"] as const;
export const ODD_SIDE = 2;
/** In place of a price or size whose text is odd. */
export const ODD = -1;

/** A level of the keyframe in millionths: what changes of it are predicted from. */
export interface Seed {
  readonly side: number;
  readonly price: number;
  readonly size: number;
}

/** The levels of a keyframe that are spelled as usual. */
export function seedsOf({ bids, asks }: Levels): Seed[] {
  const seeds: Seed[] = [];
  for (const [side, levels] of [bids, asks].entries()) {
    for (const level of levels) {
      const price = millionthsOf(level[0]);
      const size = millionthsOf(level[1]);
      if (price >= 0 && size >= 0) seeds.push({ side, price, size });
    }
  }
  return seeds;
}

/** Those that are not odd. */
export function knownOf(numbers: Float64Array): Float64Array {
  const known = new Float64Array(numbers.length);
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== ODD) known[count++] = numbers[i]!;
  return known.subarray(0, count);
}
