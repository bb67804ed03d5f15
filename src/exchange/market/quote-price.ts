import { ONE } from "./decimal-text.ts";
import type { BookSide } from "./mirrored-book.ts";
import type { Trading } from "./participant.ts";

/**
 * The price `ticks` behind the fair one, on the grid and on the side's own side of it: that keeps
 * the book uncrossed. `undefined` where the market has no such price.
 */
export function quotePrice(side: BookSide, ticks: number, trading: Trading): number | undefined {
  const { fair, tickSize } = trading;
  const steps = fair.price / tickSize;
  const price =
    side === "bids"
      ? (Math.ceil(steps) - 1 - ticks) * tickSize
      : (Math.floor(steps) + 1 + ticks) * tickSize;
  return price > 0 && price < ONE ? price : undefined;
}
