import type { Keyframe } from "../format/block.ts";
import type { Level } from "../format/level.ts";
import type { Names } from "../format/metadata.ts";
import type { Update } from "./update.ts";

/** Where a recorded book comes from. */
export interface BookSource extends Pick<Names, "slug" | "outcome" | "question"> {
  readonly token_id: string;
  /** Condition id. */
  readonly market: string;
  readonly session_id: string;
}

/** The book of a token at a moment, as the updates up to it made it. */
export class RecordedBook {
  readonly token_id: string;
  /** Condition id. */
  readonly market: string;
  readonly slug: string;
  readonly outcome: string;
  readonly question: string;
  readonly session_id: string;
  /** The moment, microseconds since the epoch. */
  readonly at_us: number;
  /** Of the last update up to the moment, of whatever type. */
  readonly sequence_number: number;
  readonly received_us: number;
  /** Both sides, the best level first. */
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /**
   * What the venue last said of them; `null` while unknown. The price as its books spell it: with at
   * least three decimals.
   */
  readonly tick_size: string | null;
  readonly last_trade_price: string | null;
  /**
   * Why nothing was being received at the moment, such as `disconnect`; `null` as far as could be
   * seen then. What was only found out later, `coverage` tells.
   */
  readonly interrupted: string | null;
  readonly #levels: Keyframe;
  readonly #hashed: Update | undefined;

  /**
   * `hashed`: the update with the hash of this very book, if the venue sent one: within a group of
   * updates it did not.
   */
  constructor(
    source: BookSource,
    at: Pick<RecordedBook, "at_us" | "sequence_number" | "received_us" | "interrupted">,
    levels: Keyframe,
    hashed: Update | undefined,
  ) {
    this.token_id = source.token_id;
    this.market = source.market;
    this.slug = source.slug;
    this.outcome = source.outcome;
    this.question = source.question;
    this.session_id = source.session_id;
    this.at_us = at.at_us;
    this.sequence_number = at.sequence_number;
    this.received_us = at.received_us;
    this.interrupted = at.interrupted;
    this.bids = levels.bids.toReversed();
    this.asks = levels.asks.toReversed();
    this.tick_size = levels.tickSize;
    this.last_trade_price = levels.lastTradePrice;
    this.#levels = levels;
    this.#hashed = hashed;
  }

  /** The levels in the venue's order. */
  get keyframe(): Keyframe {
    return this.#levels;
  }

  /** The venue's hash of this very book, 40 hex digits; `null` if it sent none. */
  get hash(): string | null {
    return this.#hashed?.string("hash") ?? null;
  }

  /** What came of that hash; `null` without one. */
  get verdict(): string | null {
    return this.#hashed?.verdict ?? null;
  }

  /** The venue's time of that hash, epoch milliseconds; `null` without one. */
  get venue_ms(): number | null {
    return this.#hashed?.venue_ms ?? null;
  }
}
