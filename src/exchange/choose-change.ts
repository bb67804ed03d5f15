import type { Random } from "../ports/random.ts";
import { ONE } from "./decimal-text.ts";
import type { BookSide, MirroredBook } from "./mirrored-book.ts";
import type { MirroredSide } from "./mirrored-side.ts";
import type { SizeSource } from "./size-source.ts";

/** One change of a book, as the YES token sees it. */
export interface BookChange {
  readonly side: BookSide;
  /** Ten-thousandths. */
  readonly price: number;
  /** The new size in hundredths; 0 removes the level. Never the old one. */
  readonly size: number;
  /** Hundredths that a taker bought or sold; 0 when an order was placed or cancelled. */
  readonly traded: number;
}

/** What a choice depends on. Prices in ten-thousandths. */
export interface ChangeContext {
  readonly book: MirroredBook;
  readonly fairPrice: number;
  readonly tickSize: number;
  readonly sizes: SizeSource;
  readonly random: Random;
}

const LEVELS_MIN = 10;
const LEVELS_MAX = 50;
/** A side with fewer levels attracts orders. */
const LEVELS_THIN = 28;
/** Mean distance from the touch, in levels or ticks. */
const PLACE_DEPTH = 18;
const RESIZE_DEPTH = 6;

/** Cumulative shares of what happens in a book that agrees with the fair price. */
const PLACE_UNTIL = 0.3;
const PLACE_UNTIL_IF_THIN = 0.6;
const RESIZE_UNTIL = 0.72;
const CANCEL_UNTIL = 0.92;

/** A level that the fair price has passed is traded away or, this often, cancelled in time. */
const ESCAPE_SHARE = 0.25;
const SWEEP_SHARE = 0.4;

function depth(random: Random, mean: number): number {
  return Math.floor(-Math.log(1 - random()) * mean);
}

function take(side: BookSide, price: number, context: ChangeContext): BookChange {
  const { book, random } = context;
  const size = book[side].sizeAt(price);
  const whole = random() < SWEEP_SHARE;
  const part = 1 + Math.floor(random() * size);
  const traded = whole ? size : Math.min(part, size);
  return { side, price, size: size - traded, traded };
}

function passed(side: BookSide, price: number, context: ChangeContext): BookChange {
  return context.random() < ESCAPE_SHARE
    ? { side, price, size: 0, traded: 0 }
    : take(side, price, context);
}

/** Bids are placed below the fair price and asks above it: that keeps the book uncrossed. */
function place(side: BookSide, context: ChangeContext): BookChange {
  const { book, fairPrice, tickSize, sizes, random } = context;
  const ticks = depth(random, PLACE_DEPTH);
  const price =
    side === "bids"
      ? Math.max(tickSize, (Math.ceil(fairPrice / tickSize) - 1 - ticks) * tickSize)
      : Math.min(ONE - tickSize, (Math.floor(fairPrice / tickSize) + 1 + ticks) * tickSize);
  return { side, price, size: sizes.nextOtherThan(book[side].sizeAt(price)), traded: 0 };
}

function priceNearTouch(levels: MirroredSide, random: Random): number {
  const rank = Math.min(levels.length - 1, depth(random, RESIZE_DEPTH));
  return levels.priceFromTouch(rank) ?? 0;
}

/** Chooses what happens next in a market: always a real change, never a crossed book. */
export function chooseChange(context: ChangeContext): BookChange {
  const { book, fairPrice, sizes, random } = context;
  if (book.bestAsk <= fairPrice) {
    return passed("asks", book.bestAsk, context);
  }
  if (book.bestBid >= fairPrice) {
    return passed("bids", book.bestBid, context);
  }
  const side: BookSide = random() < 0.5 ? "bids" : "asks";
  const levels = book[side];
  const kind = random();
  const placeUntil = levels.length < LEVELS_THIN ? PLACE_UNTIL_IF_THIN : PLACE_UNTIL;
  if (levels.length === 0 || (kind < placeUntil && levels.length < LEVELS_MAX)) {
    return place(side, context);
  }
  const price = priceNearTouch(levels, random);
  if (kind < RESIZE_UNTIL) {
    return { side, price, size: sizes.nextOtherThan(levels.sizeAt(price)), traded: 0 };
  }
  if (kind < CANCEL_UNTIL) {
    return levels.length > LEVELS_MIN ? { side, price, size: 0, traded: 0 } : place(side, context);
  }
  return take(side, levels.priceFromTouch(0) ?? 0, context);
}
