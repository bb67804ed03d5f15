import type { MarketState } from "./book-summary.ts";
import type { BookSide } from "./mirrored-book.ts";

interface Past {
  /** When this ended, in the agenda's milliseconds. */
  readonly untilMs: number;
  readonly side: BookSide;
  readonly price: number;
  readonly size: number;
  readonly tickSize: number;
  readonly lastTradePrice: number | undefined;
  readonly lastChangeMs: number;
}

/** Enough for seconds of a busy market. */
const REMEMBERED_MAX = 1_000;

/** What a market's book was a moment ago, for REST copies that lag behind the stream. */
export class BookHistory {
  #past: Past[] = [];

  /** Notes what a change is about to end; the price of its trade may be in the state already. */
  note(
    state: MarketState,
    side: BookSide,
    price: number,
    { nowMs, tradePriceBefore }: { nowMs: number; tradePriceBefore: number | undefined },
  ): void {
    this.#past.push({
      untilMs: nowMs,
      side,
      price,
      size: state.book[side].sizeAt(price),
      tickSize: state.tickSize,
      lastTradePrice: tradePriceBefore,
      lastChangeMs: state.lastChangeMs,
    });
    if (this.#past.length > 2 * REMEMBERED_MAX) this.#past = this.#past.slice(-REMEMBERED_MAX);
  }

  /** The state as of `ms`, or as far back as is remembered. */
  asOf(state: MarketState, ms: number): MarketState {
    const book = state.book.copy();
    let { tickSize, lastTradePrice, lastChangeMs } = state;
    for (const past of this.#past.toReversed()) {
      if (past.untilMs <= ms) break;
      book[past.side].set(past.price, past.size);
      ({ tickSize, lastTradePrice, lastChangeMs } = past);
    }
    return { identity: state.identity, book, tickSize, lastTradePrice, lastChangeMs };
  }
}
