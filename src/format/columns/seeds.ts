import type { Keyframe } from "../block.ts";
import { millionthsOf } from "../decimal.ts";

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
export function seedsOf(keyframe: Keyframe | null): Seed[] {
  if (keyframe === null) return [];
  const { bids, asks } = keyframe;
  return [bids, asks].flatMap((levels, side) =>
    levels
      .map(([price, size]) => ({ side, price: millionthsOf(price), size: millionthsOf(size) }))
      .filter(({ price, size }) => price >= 0 && size >= 0),
  );
}

/** One number for a level. */
export function levelKey(side: number, price: number): number {
  return price * 2 + side;
}
