/** Tick sizes in ten-thousandths (docs/PROTOCOL.md, "tick_size_change"). */

/** The tick of a market that has become near-certain, by the tick that it has otherwise. */
const FINER = new Map([
  [1_000, 100],
  [100, 10],
  [50, 10],
  // 0.0025 is no multiple of 0.001: such levels are off the new grid and stay.
  [25, 10],
  [10, 1],
  [1, 1],
]);

const NEAR_CERTAIN_ABOVE = 9_600;
const NEAR_CERTAIN_BELOW = 400;
/** Back on the way to the middle the tick becomes coarse later than it became fine. */
const OPEN_BELOW = 9_400;
const OPEN_ABOVE = 600;

/** The tick for a YES price of `middle`; `own` is the market's tick, `present` the one in force. */
export function tickSizeAt(middle: number, own: number, present: number): number {
  if (middle > NEAR_CERTAIN_ABOVE || middle < NEAR_CERTAIN_BELOW) return FINER.get(own) ?? own;
  return middle < OPEN_BELOW && middle > OPEN_ABOVE ? own : present;
}
