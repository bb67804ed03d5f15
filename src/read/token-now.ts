import { Book } from "../book/book.ts";
import { levelChange } from "../book/event-levels.ts";
import type { Level, Levels } from "../format/level.ts";
import { isApplied } from "../format/market-event.ts";
import { AnnouncedValues } from "./announced-values.ts";
import type { Update } from "./update.ts";

/** A token's book with all that the venue says of it. */
export interface BookNow {
  /** Condition id. */
  readonly market: string;
  readonly token_id: string;
  /** As recorded: of the last update that changed the book. */
  readonly timestamp: string;
  readonly hash: string;
  /** Prices ascending. */
  readonly bids: readonly Level[];
  /** Prices descending. */
  readonly asks: readonly Level[];
  /** `undefined` while unknown; so are those below. */
  readonly tick_size: string | undefined;
  /** With at least three decimals; `""` before the first trade. */
  readonly last_trade_price: string | undefined;
  readonly min_order_size: string | undefined;
  readonly neg_risk: boolean | undefined;
}

/**
 * A token as its updates have made it so far. Nothing is made of them before it is asked for: the
 * book comes from the block of the last one.
 */
export class TokenNow {
  /** The last that had a hash of the book. */
  #hashed: Update | undefined;
  #last: Update | undefined;
  /** Since the last that a block had. */
  #pending: Update[] = [];
  readonly #announced = new AnnouncedValues();
  #isCurrent = false;
  /** Once it was asked for, until the next update. */
  #book: BookNow | undefined;

  /** Whether nothing was missed since the book was known last. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** Its last trade; `undefined` before any. */
  get trade(): Update | undefined {
    return this.#announced.trade;
  }

  /** Whether there was a book. */
  get hasBook(): boolean {
    return this.#hashed !== undefined;
  }

  /** The venue's time of the book, epoch milliseconds; 0 without one. */
  get changedMs(): number {
    return this.#hashed?.venue_ms ?? 0;
  }

  /** Takes the next update of the token. */
  take(update: Update): void {
    this.#book = undefined;
    this.#announced.take(update);
    const { update_type: type, verdict } = update;
    if ((type === "book" || type === "price_change") && isApplied(verdict)) {
      this.#hashed = update;
      this.#isCurrent = true;
    }
    if (verdict === "pending") {
      this.#pending.push(update);
    } else {
      this.#pending = [];
      this.#last = update;
    }
  }

  /** It is not known what follows, up to the next change or book. */
  interrupt(): void {
    this.#isCurrent = false;
  }

  /** The book as it was known last; `undefined` if there was none. */
  book(): BookNow | undefined {
    this.#book ??= this.#made();
    return this.#book;
  }

  #made(): BookNow | undefined {
    const hashed = this.#hashed;
    if (hashed === undefined) return undefined;
    const after = this.#last?.bookAfter();
    const { bids, asks } = withPending(after, this.#pending);
    const values = after?.values;
    return {
      market: hashed.string("market") ?? hashed.market,
      token_id: hashed.token_id,
      timestamp: hashed.text("timestamp") ?? "",
      hash: hashed.text("hash") ?? "",
      bids,
      asks,
      tick_size: values?.tickSize || this.#announced.tickSize,
      last_trade_price: values?.lastTradePrice || this.#announced.lastTradePrice,
      min_order_size: values?.minOrderSize || undefined,
      neg_risk: values?.negRisk,
    };
  }
}

/** The levels after the last update that a block has, and those that only the journal has. */
function withPending(after: Levels | undefined, pending: readonly Update[]): Levels {
  if (after !== undefined && pending.length === 0) return after;
  const book = new Book();
  if (after !== undefined) book.replace(after);
  for (const update of pending) apply(book, update);
  return book.levels();
}

function apply(book: Book, update: Update): void {
  if (update.update_type === "book") {
    const levels = update.levels();
    if (levels !== undefined) book.replace(levels);
  } else if (update.update_type === "price_change") {
    const change = levelChange(update.event);
    if (change !== undefined) book.set(change.side, change.price, change.size);
  }
}
