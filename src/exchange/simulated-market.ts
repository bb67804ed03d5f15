import type { WireElement } from "../polymarket/messages.ts";
import type { Random } from "../ports/random.ts";
import type { MarketState } from "./book-summary.ts";
import { type BookChange, type ChangeContext, chooseChange } from "./choose-change.ts";
import { ONE } from "./decimal-text.ts";
import { FairPrice } from "./fair-price.ts";
import { fillBook } from "./fill-book.ts";
import {
  lastTradePrice,
  laterBook,
  priceChange,
  type Trade,
  tickSizeChange,
} from "./market-elements.ts";
import { type MarketIdentity, marketIdentity, randomHash } from "./market-identity.ts";
import { MirroredBook, type TokenIndex } from "./mirrored-book.ts";
import { SizeSource } from "./size-source.ts";

/**
 * Takes a market's elements in order. `element` is called at once or never: it reads the state
 * as it is now, and writing it costs two hashes, which nobody pays for a market without listeners.
 */
export type Announce = (tokens: readonly TokenIndex[], element: () => WireElement) => void;

/** Ten-thousandths. */
const CENT_TICK = 100;
const FINE_TICK = 10;
const FINE_TICK_ABOVE = 9_600;
const FINE_TICK_BELOW = 400;

const FINE_TICK_EVERY = 5;
const DECIDED_EVERY = 3;
const REFRESH_SHARE = 0.25;
/** An opening book can be this much older than the subscription. */
const QUIET_MS_MAX = 60_000;

/** One market of the simulation: its book and what happens in it, step by step. */
export class SimulatedMarket implements MarketState {
  readonly identity: MarketIdentity;
  readonly book = new MirroredBook();
  tickSize: number;
  lastTradePrice: number;
  lastChangeMs: number;
  readonly #random: Random;
  readonly #sizes: SizeSource;
  readonly #fair: FairPrice;

  /** `position` counts from 0, `startMs` is epoch milliseconds. */
  constructor(position: number, random: Random, startMs: number) {
    this.#random = random;
    this.identity = marketIdentity(position, random);
    this.#sizes = new SizeSource(random);
    this.#fair = new FairPrice(random, position % DECIDED_EVERY === 1 ? "decided" : "open");
    this.tickSize = position % FINE_TICK_EVERY === FINE_TICK_EVERY - 1 ? FINE_TICK : CENT_TICK;
    this.lastChangeMs = Math.floor(startMs - random() * QUIET_MS_MAX);
    fillBook(this.#context());
    this.lastTradePrice = random() < 0.5 ? this.book.bestBid : ONE - this.book.bestAsk;
  }

  /** The price that the orders lie around: YES, in ten-thousandths. */
  get fairPrice(): number {
    return this.#fair.price;
  }

  /** One change of the book and what follows from it. A time before the last one counts as it. */
  step(nowMs: number, announce: Announce): void {
    this.lastChangeMs = Math.max(this.lastChangeMs, Math.floor(nowMs));
    this.#fair.move();
    const change = chooseChange(this.#context());
    this.book[change.side].set(change.price, change.size);
    const first: TokenIndex = this.#random() < 0.5 ? 0 : 1;
    announce([0, 1], () => priceChange(this, change, first));
    if (change.traded > 0) {
      this.#trade(change, announce);
    }
    this.#refineTick(announce);
  }

  /** The trade price enters the hashes from its announcement on, not with the change before it. */
  #trade(change: BookChange, announce: Announce): void {
    const token: TokenIndex = this.#random() < 0.5 ? 0 : 1;
    const trade: Trade = {
      token,
      price: token === 0 ? change.price : ONE - change.price,
      size: change.traded,
      side: (change.side === "asks") === (token === 0) ? "BUY" : "SELL",
      transactionHash: randomHash(this.#random),
    };
    this.lastTradePrice = trade.price;
    announce([token], () => lastTradePrice(this, trade));
    if (this.#random() < REFRESH_SHARE) {
      announce([token], () => laterBook(this, token));
    }
  }

  /** The venue refines the tick of a market that has become near-certain, and leaves it so. */
  #refineTick(announce: Announce): void {
    const middle = (this.book.bestBid + this.book.bestAsk) / 2;
    if (this.tickSize === FINE_TICK || (middle <= FINE_TICK_ABOVE && middle >= FINE_TICK_BELOW)) {
      return;
    }
    const oldTickSize = this.tickSize;
    this.tickSize = FINE_TICK;
    announce([0], () => tickSizeChange(this, 0, oldTickSize));
    announce([1], () => tickSizeChange(this, 1, oldTickSize));
  }

  #context(): ChangeContext {
    return {
      book: this.book,
      fairPrice: this.#fair.price,
      tickSize: this.tickSize,
      sizes: this.#sizes,
      random: this.#random,
    };
  }
}
