import type { ChangeContext } from "./choose-change.ts";
import { ONE } from "./decimal-text.ts";
import type { BookSide } from "./mirrored-book.ts";

const LEVELS_MIN = 15;
const LEVELS_MAX = 48;
/** How many ticks lie between two neighbouring levels at most. */
const GAP_TICKS_MAX = 3;
/** With a cent tick a side has 99 prices at most: there most levels touch. */
const COARSE_TICK = 100;
const COARSE_GAP_SHARE = 0.15;

function fillSide(side: BookSide, context: ChangeContext): void {
  const { book, fairPrice, tickSize, sizes, random } = context;
  const wanted = LEVELS_MIN + Math.floor(random() * (LEVELS_MAX - LEVELS_MIN + 1));
  const outwards = side === "bids" ? -tickSize : tickSize;
  let price =
    side === "bids"
      ? (Math.ceil(fairPrice / tickSize) - 1) * tickSize
      : (Math.floor(fairPrice / tickSize) + 1) * tickSize;
  while (price > 0 && price < ONE && book[side].length < wanted) {
    book[side].set(price, sizes.next());
    const gapped = tickSize < COARSE_TICK || random() < COARSE_GAP_SHARE;
    price += outwards * (gapped ? 1 + Math.floor(random() * GAP_TICKS_MAX) : 1);
  }
}

/** Fills an empty book from the fair price outwards, as a market looks that has run for days. */
export function fillBook(context: ChangeContext): void {
  fillSide("bids", context);
  fillSide("asks", context);
}
