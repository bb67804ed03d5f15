import { levelChange } from "../book/event-levels.ts";
import { HashedBook } from "../book/hashed-book.ts";
import { TokenBook } from "../book/token-book.ts";
import type { Implied, Keyframe } from "../format/block.ts";
import type { Levels } from "../format/level.ts";
import { isApplied } from "../format/market-event.ts";
import { AnnouncedValues } from "./announced-values.ts";
import type { Update } from "./update.ts";

export interface BookStart {
  readonly token_id: string;
  /** Condition id. */
  readonly market: string;
  /** The book to begin with. */
  readonly keyframe?: Keyframe | null;
}

/**
 * A token's book as its updates make it, one after the other. Their verdicts say which of them are
 * part of it; of those that are only in a recorder's journal so far it is found out here.
 */
export class RunningBook {
  readonly #implied: Implied;
  #book: HashedBook | undefined;
  /** In place of `#book` from the first update on that has no verdict yet. */
  #live: TokenBook | undefined;
  readonly #announced = new AnnouncedValues();

  /** Of a session that begins, or from a `RecordedBook` on. */
  constructor({ token_id, market, keyframe = null }: BookStart) {
    this.#implied = { tokenId: token_id, market };
    if (keyframe === null) return;
    this.#book = this.#newBook();
    this.#book.replace(keyframe);
    this.#announced.tickSize = keyframe.tickSize ?? undefined;
    this.#announced.lastTradePrice = keyframe.lastTradePrice ?? undefined;
  }

  /** Takes the next update; those of other types than change a book are welcome. */
  apply(update: Update): void {
    this.#announced.take(update);
    if (this.#live !== undefined || update.verdict === "pending") {
      this.#live ??= this.#takeOver();
      this.#live.take(update.event, update.levels(), update.received_us);
      return;
    }
    if (!isApplied(update.verdict)) return;
    if (update.update_type === "price_change") {
      const change = levelChange(update.event);
      if (change !== undefined) this.#book?.set(change.side, change.price, change.size);
    } else if (update.update_type === "book") {
      const levels = update.levels();
      if (levels === undefined) return;
      this.#book ??= this.#newBook();
      this.#book.replace(levels);
    }
  }

  /** Both sides now, the best level first; `null` as long as there was no book. */
  sides(): Levels | null {
    const keyframe = this.keyframe();
    return keyframe && { bids: keyframe.bids.toReversed(), asks: keyframe.asks.toReversed() };
  }

  /** The book now, in the venue's order; `null` as long as there was none. */
  keyframe(): Keyframe | null {
    const levels = this.#live?.keyframe() ?? this.#book?.levels();
    if (levels === undefined) return null;
    const { bids, asks } = levels;
    const { tickSize, lastTradePrice } = this.#announced;
    return { bids, asks, tickSize: tickSize || null, lastTradePrice: lastTradePrice || null };
  }

  #newBook(): HashedBook {
    return new HashedBook(this.#implied.market, this.#implied.tokenId);
  }

  #takeOver(): TokenBook {
    const live = new TokenBook({ ...this.#implied, maySearch: () => false });
    const keyframe = this.keyframe();
    if (keyframe !== null) live.goOn(keyframe, null);
    return live;
  }
}
