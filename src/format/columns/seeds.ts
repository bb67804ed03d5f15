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

/** How many are not odd. */
export function countKnown(numbers: Float64Array): number {
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== ODD) count++;
  return count;
}

/** Those that are not odd. */
export function knownOf(numbers: Float64Array): Float64Array {
  const known = new Float64Array(numbers.length);
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== ODD) known[count++] = numbers[i]!;
  return known.subarray(0, count);
}
