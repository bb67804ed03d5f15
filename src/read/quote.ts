import Decimal from "decimal.js";
import type { RecordedBook } from "./recorded-book.ts";

/** The best prices of a book and what follows from them, exact; `null` where a side is empty. */
export interface Quote {
  readonly best_bid: string | null;
  readonly best_ask: string | null;
  /** Half of their sum. */
  readonly mid: string | null;
  readonly spread: string | null;
}

export function quoteOf({ bids, asks }: Pick<RecordedBook, "bids" | "asks">): Quote {
  const bid = bids[0]?.[0] ?? null;
  const ask = asks[0]?.[0] ?? null;
  if (bid === null || ask === null) {
    return { best_bid: bid, best_ask: ask, mid: null, spread: null };
  }
  return {
    best_bid: bid,
    best_ask: ask,
    mid: new Decimal(bid).plus(ask).div(2).toFixed(),
    spread: new Decimal(ask).minus(bid).toFixed(),
  };
}

/**
 * What one share of each costs at best: of all outcomes of a market, one of which pays a dollar.
 * `null` without any, or where one has no ask.
 */
export function sumOfBestAsks(books: readonly Pick<RecordedBook, "asks">[]): string | null {
  const asks = books.map(({ asks }) => asks[0]?.[0]);
  if (asks.length === 0 || !asks.every((ask) => ask !== undefined)) return null;
  return asks.reduce((sum, ask) => sum.plus(ask), new Decimal(0)).toFixed();
}
