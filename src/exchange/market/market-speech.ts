import type { Random } from "../../ports/random.ts";
import type { Agenda } from "../agenda.ts";
import type { Audience, SpokenElement } from "./announcement.ts";
import { isOlder, type MarketState } from "./book-summary.ts";
import type { Conditions } from "./conditions.ts";
import {
  type BestPrices,
  bestBidAsk,
  lastTradePrice,
  laterBook,
  marketResolved,
  newMarket,
  priceChanges,
  type Trade,
  tickSizeChange,
} from "./market-elements.ts";
import type { TokenIndex } from "./mirrored-book.ts";
import { spreadNews } from "./new-market-news.ts";
import { logNormal } from "./normal.ts";
import {
  olderLastTradePrice,
  olderLaterBook,
  olderPriceChanges,
  olderTickSizeChange,
} from "./older-elements.ts";
import type { BookChange } from "./participant.ts";
import { stampOf, type Venue } from "./venue.ts";

/** How long after its change a trade is announced (docs/PROTOCOL.md, "last_trade_price"). */
const TRADE_DELAY_MS_MIN = 10;
const TRADE_DELAY_MS_MAX = 500;
const TRADE_DELAY_MS_MEDIAN = 70;
const TRADE_DELAY_SIGMA = 0.9;
/** Times of different event types can run back by this much. */
const TRADE_STAMP_BACK_MS_MAX = 58;
const TICK_DELAY_MS_MAX = 150;

const BOOK_AFTER_TRADE_SHARE = 0.25;
const BOOK_AT_ONCE_SHARE = 0.5;
const BOOK_AT_TICK_SHARE = 0.5;

/** In late 2024 the wire's time was so much later than the hashed one. */
const OLDER_STAMP_MS_MIN = 4;
const OLDER_STAMP_MS_RANGE = 6;

/** How a market tells what happens in it: in which form, when, and how oddly. */
export class MarketSpeech {
  readonly #state: MarketState;
  readonly #venue: Venue;
  readonly #agenda: Agenda;
  readonly #conditions: Conditions;
  readonly #audience: Audience;
  readonly #random: Random;
  readonly #tokenIds: readonly [string, string];
  /** Trades and ticks are announced in their order. */
  #announcedMs = 0;

  constructor(state: MarketState, random: Random, venue: Venue) {
    this.#state = state;
    this.#random = random;
    this.#venue = venue;
    this.#agenda = venue.agenda;
    this.#conditions = venue.conditions;
    this.#audience = venue.audience;
    const [yes, no] = state.identity.tokens;
    this.#tokenIds = [yes.tokenId, no.tokenId];
  }

  /**
   * A group of changes that the book already has; `before` are the best prices of before. Returns
   * which token came first.
   */
  changes(changes: readonly BookChange[], before: BestPrices, stampMs: number): TokenIndex {
    const random = this.#random;
    const first: TokenIndex = random() < 0.5 ? 0 : 1;
    const isEarly = random() < this.#conditions.oddities.earlyBest;
    if (isEarly) this.#best(before, stampMs);
    this.#changes(changes, first, stampMs);
    if (!isEarly) this.#best(before, stampMs);
    return first;
  }

  /** One taker's trades, whose last price the hashes know already; `delayed` as the venue does it. */
  trades(trades: readonly Trade[], { delayed }: { readonly delayed: boolean }): void {
    const random = this.#random;
    const withBook = random() < BOOK_AFTER_TRADE_SHARE;
    const bookAtOnce = random() < BOOK_AT_ONCE_SHARE;
    const backMs = random() * TRADE_STAMP_BACK_MS_MAX;
    const delayMs = logNormal(random, TRADE_DELAY_MS_MEDIAN, TRADE_DELAY_SIGMA);
    const tradedMs = this.#agenda.nowMs;
    const token = trades[0]?.token ?? 0;
    if (withBook && bookAtOnce) this.#book(token);
    this.#announce(delayed ? between(TRADE_DELAY_MS_MIN, delayMs, TRADE_DELAY_MS_MAX) : 0, () => {
      const stampMs = stampOf(this.#venue, Math.max(tradedMs, this.#agenda.nowMs - backMs));
      const elements = () => trades.map((trade) => this.#tradeElement(trade, stampMs));
      this.#sayAll([token], elements);
      if (withBook && !bookAtOnce) this.#book(token);
    });
  }

  /** A tick that the hashes know already; `delayed` as the venue does it. */
  tickSize(from: number, to: number, { delayed }: { readonly delayed: boolean }): void {
    const withBooks = this.#random() < BOOK_AT_TICK_SHARE;
    const delayMs = this.#random() * TICK_DELAY_MS_MAX;
    this.#announce(delayed ? delayMs : 0, () => {
      const change = { from, to, stampMs: stampOf(this.#venue) };
      for (const token of [0, 1] as const) {
        if (withBooks) this.#book(token);
        this.#say([token], () =>
          isOlder(this.#conditions.recipe)
            ? olderTickSizeChange(this.#state, token, change)
            : tickSizeChange(this.#state, token, change),
        );
      }
    });
  }

  created(): void {
    const { identity, tickSize } = this.#state;
    const element = newMarket(identity, tickSize, stampOf(this.#venue));
    spreadNews(element, this.#random, this.#venue);
  }

  resolved(winner: TokenIndex): void {
    if (this.#random() < this.#conditions.oddities.missingResolved) return;
    const stampMs = stampOf(this.#venue);
    this.#say([0, 1], () => marketResolved(this.#state, winner, stampMs), { custom: true });
  }

  #changes(changes: readonly BookChange[], first: TokenIndex, stampMs: number): void {
    const { recipe } = this.#conditions;
    const laterMs = OLDER_STAMP_MS_MIN + Math.floor(this.#random() * OLDER_STAMP_MS_RANGE);
    if (!isOlder(recipe)) {
      const options = { first, recipe, stampMs };
      this.#sayAll([0, 1], () => priceChanges(this.#state, changes, options));
      return;
    }
    const options = { recipe, hashedMs: stampMs, wireMs: stampMs + laterMs };
    for (const token of [0, 1] as const) {
      this.#sayAll([token], () => olderPriceChanges(this.#state, changes, token, options));
    }
  }

  /** Transactions came with the tenth field. */
  #tradeElement(trade: Trade, stampMs: number): SpokenElement {
    const { recipe } = this.#conditions;
    if (isOlder(recipe)) return olderLastTradePrice(this.#state, trade, stampMs);
    const element = lastTradePrice(this.#state, trade, stampMs);
    if (recipe === "9") delete element.transaction_hash;
    return element;
  }

  /** The best prices, if the change moved them; irregularly, and not always right. */
  #best(before: BestPrices, stampMs: number): void {
    const { missingBest, wrongBest } = this.#conditions.oddities;
    const isMissing = this.#random() < missingBest;
    const isWrong = this.#random() < wrongBest;
    const { bestBid: bid, bestAsk: ask } = this.#state.book;
    if (isMissing || (bid === before.bid && ask === before.ask)) return;
    const best = isWrong ? before : { bid, ask };
    // Stamped later than the change, even where it comes earlier.
    for (const token of [1, 0] as const) {
      this.#say([token], () => bestBidAsk(this.#state, token, best, stampMs + 1), { custom: true });
    }
  }

  #book(token: TokenIndex): void {
    const book = isOlder(this.#conditions.recipe) ? olderLaterBook : laterBook;
    this.#say([token], () => book(this.#state, token, this.#conditions.recipe));
  }

  /** In the order of what is announced, whatever the delays. */
  #announce(delayMs: number, run: () => void): void {
    this.#announcedMs = Math.max(this.#announcedMs, this.#agenda.nowMs + delayMs);
    if (this.#announcedMs === this.#agenda.nowMs) run();
    else this.#agenda.at(this.#announcedMs, run);
  }

  #say(
    tokens: readonly TokenIndex[],
    element: () => SpokenElement,
    { custom = false }: { readonly custom?: boolean } = {},
  ): void {
    this.#sayAll(tokens, () => [element()], custom);
  }

  /** Elements are written at once or never: a market that nobody hears computes no hashes. */
  #sayAll(tokens: readonly TokenIndex[], elements: () => SpokenElement[], custom = false): void {
    const tokenIds = tokens.map((token) => this.#tokenIds[token]);
    if (this.#audience.hears(tokenIds)) {
      this.#audience.hear({ tokenIds, custom, elements: elements() });
    }
  }
}

function between(low: number, value: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
