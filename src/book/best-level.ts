import { millionthsIn } from "../format/decimal.ts";
import type { BookSide } from "./book-side.ts";
import { priceEnd, priceStart, textOf } from "./level-bytes.ts";

const QUOTE = 34;

/** The best price of a side whose levels stand in these bytes; `undefined` without levels. */
export function bestPrice(bytes: Uint8Array, side: BookSide): string | undefined {
  if (side.count === 0) return undefined;
  const start = startOf(side);
  return textOf(bytes, start, priceEnd(bytes, start));
}

/** Whether it is this one, in the very spelling; `empty` without levels. Makes no string. */
export function isBest(bytes: Uint8Array, side: BookSide, price: string, empty: string): boolean {
  if (side.count === 0) return price === empty;
  const start = startOf(side);
  for (let i = 0; i < price.length; i++) {
    if (bytes[start + i] !== price.charCodeAt(i)) return false;
  }
  return bytes[start + price.length] === QUOTE;
}

/** The same for a plain price in millionths. */
export function isPlainBest(
  bytes: Uint8Array,
  side: BookSide,
  price: number,
  empty: number,
): boolean {
  if (side.count === 0) return price === empty;
  const start = startOf(side);
  // Of a spelling that is not plain it is none.
  return millionthsIn(bytes, start, priceEnd(bytes, start)) === price;
}

/** Where the price of the best level begins: it is the last one. */
function startOf(side: BookSide): number {
  return priceStart(side.end - side.lengths[side.count - 1]!);
}
