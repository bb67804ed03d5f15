import { ONE } from "./decimal-text.ts";
import type { BookSide } from "./mirrored-book.ts";
import type { Trading } from "./participant.ts";

/**
 * The price `ticks` behind the fair one, or behind what a participant took for it, on the grid.
 * `undefined` where the market has no such price, or where it would cross the book.
 */
export function quotePrice(
  side: BookSide,
  ticks: number,
  trading: Trading,
  anchor = trading.fair.price,
): number | undefined {
  const { tickSize } = trading;
  const steps = anchor / tickSize;
  const price =
    side === "bids"
      ? (Math.ceil(steps) - 1 - ticks) * tickSize
      : (Math.floor(steps) + 1 + ticks) * tickSize;
  return price > 0 && price < ONE && isBehindFair(side, price, trading) ? price : undefined;
}

/** Bids below the fair price and asks above it: that keeps the book uncrossed. */
export function isBehindFair(side: BookSide, price: number, { fair }: Trading): boolean {
  return side === "bids" ? price < fair.price : price > fair.price;
}
