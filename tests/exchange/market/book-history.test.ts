import { expect, test } from "bun:test";
import { BookHistory } from "../../../src/exchange/market/book-history.ts";
import type { MarketState } from "../../../src/exchange/market/book-summary.ts";
import { MirroredBook } from "../../../src/exchange/market/mirrored-book.ts";

test("a book's past has the levels, tick, trade price and time of its moment", () => {
  const book = new MirroredBook();
  const identity = {} as MarketState["identity"];
  const now = { tickSize: 100, lastTradePrice: undefined as number | undefined, lastChangeMs: 900 };
  const state = (): MarketState => ({ identity, book, ...now });
  const history = new BookHistory();
  const change = (nowMs: number, size: number) => {
    history.note(state(), "bids", 9_500, { nowMs, tradePriceBefore: now.lastTradePrice });
    book.bids.set(9_500, size);
    now.lastChangeMs = nowMs;
  };
  const past = (ms: number) => {
    const { book: was, tickSize, lastTradePrice, lastChangeMs } = history.asOf(state(), ms);
    return [was.bids.sizeAt(9_500), tickSize, lastTradePrice, lastChangeMs];
  };
  change(1_000, 10);
  now.lastTradePrice = 9_500;
  change(2_000, 20);
  now.tickSize = 10;
  change(3_000, 0);
  expect(past(999)).toEqual([0, 100, undefined, 900]);
  expect(past(1_000)).toEqual([10, 100, 9_500, 1_000]);
  expect(past(1_999)).toEqual([10, 100, 9_500, 1_000]);
  expect(past(2_500)).toEqual([20, 10, 9_500, 2_000]);
  expect(past(3_000)).toEqual([0, 10, 9_500, 3_000]);
  expect(book.bids.sizeAt(9_500)).toBe(0);
});
