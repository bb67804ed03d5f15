import { ONE } from "./decimal-text.ts";
import type { BookSide } from "./mirrored-book.ts";
import type { Trading } from "./participant.ts";
import { quotePrice } from "./quote-price.ts";
import { SizeSource } from "./size-source.ts";

/** Hundredths of a share, near the touch and at the far end of a book. */
const NEAR_MEDIAN = 150_000;
const FAR_MEDIAN = 20_000;
const NEAR_LEVELS = 5;
/** The last level of a side, where a dollar of luck costs a cent, holds very much. */
const LAST_MEDIAN = 2_000_000;
const SIDE_LEVELS_MIN = 3;

/** Fills an empty book, as one looks that has traded for days: dense at the touch, then thinner. */
export function fillBook(trading: Trading): void {
  const sizes = new SizeSource(trading.random);
  const bidRoom = trading.fair.price / trading.tickSize;
  const room = ONE / trading.tickSize;
  const bids = Math.round((trading.levels * bidRoom) / room);
  fillSide("bids", Math.max(SIDE_LEVELS_MIN, bids), sizes, trading);
  fillSide("asks", Math.max(SIDE_LEVELS_MIN, trading.levels - bids), sizes, trading);
}

/** Spreads `levels` over the room that a side has: the mean gap grows away from the touch. */
function fillSide(side: BookSide, levels: number, sizes: SizeSource, trading: Trading): void {
  const { book, random, fair, tickSize } = trading;
  const room = Math.floor((side === "bids" ? fair.price : ONE - fair.price) / tickSize) - 1;
  const spare = Math.max(0, room - levels);
  let ticks = 0;
  for (let level = 0; level < levels; level += 1) {
    const price = quotePrice(side, ticks, trading);
    if (price === undefined) return;
    const isLast = level === levels - 1;
    const median = isLast ? LAST_MEDIAN : level < NEAR_LEVELS ? NEAR_MEDIAN : FAR_MEDIAN;
    book[side].set(price, sizes.any(median));
    // The mean over all levels of 2 x random x level / levels is a half, of its double one.
    const gap = (2 * random() * 2 * level * spare) / levels ** 2;
    ticks += 1 + Math.floor(gap);
  }
}
