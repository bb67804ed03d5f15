import { ONE } from "./decimal-text.ts";
import type { BookSide } from "./mirrored-book.ts";
import type { MirroredSide } from "./mirrored-side.ts";
import { exponential, logNormal } from "./normal.ts";
import type { Action, BookChange, Participant, Trading } from "./participant.ts";
import { isBehindFair, quotePrice } from "./quote-price.ts";
import type { SizeSource } from "./size-source.ts";

interface Order {
  readonly side: BookSide;
  readonly price: number;
  readonly size: number;
}

type Choice = Omit<Action, "nextMs">;

/** Orders that may be cancelled one day; older ones stay in the book for good. */
const ORDERS_MAX = 40;
/** Ticks from the touch, or a share of the book's levels if that is more. */
const PLACE_DEPTH_MIN = 6;
const PLACE_DEPTH_SHARE = 0.08;
const CANCEL_RECENT_MEAN = 6;
const RESIZE_DEPTH = 5;

/** Cumulative shares of what happens in a book with its usual number of levels. */
const PLACE_UNTIL = 0.42;
const CANCEL_UNTIL = 0.84;
const RESIZE_UNTIL = 0.95;

/** A cancelled order that comes back one tick on, and when: measured on [aaimek]. */
const MOVE_SHARE = 0.2;
const MOVE_MS = 180;
const WHOLE_LEVEL_SHARE = 0.4;
const ESCAPE_SHARE = 0.4;

const FOLLOW_SHARE = 0.5;
const FOLLOW_MS = 130;
const FOLLOW_SIGMA = 0.9;
/** Seldom, and only in busy markets, one thing follows another in milliseconds. */
const STORM_SHARE = 0.0015;
const STORM_ACTIONS = 300;
const STORM_MS = 2;
const STORM_GAP_MS_MAX = 20_000;

/** All the others in a market: people and programs that come and go. */
export class Crowd implements Participant {
  readonly usualPauseMs: number;
  readonly #sizes: SizeSource;
  #orders: Order[] = [];
  /** A cancelled order on its way to its new price. */
  #moving: Order | undefined;
  #stormActions = 0;

  /** `gapMs` is the mean time between two actions. */
  constructor(sizes: SizeSource, gapMs: number) {
    this.#sizes = sizes;
    this.usualPauseMs = gapMs;
  }

  act(trading: Trading): Action {
    const swept = this.#moving === undefined ? this.#sweep(trading) : undefined;
    const choice = swept ?? this.#choose(trading);
    return { ...choice, nextMs: this.#pause(trading) };
  }

  /** The fair price moves, and what it has passed is taken, or cancelled in time. */
  #sweep(trading: Trading): Choice | undefined {
    const { book, fair, random } = trading;
    fair.move(trading.tickSize);
    const side: BookSide = book.bestAsk <= fair.price ? "asks" : "bids";
    const passed = pricesUpTo(book[side], side, fair.price);
    if (passed.length === 0) return undefined;
    const changes = passed.map((price): BookChange => ({ side, price, size: 0 }));
    if (random() < ESCAPE_SHARE) return { changes };
    return {
      changes,
      fills: passed.map((price) => ({ side, price, size: book[side].sizeAt(price) })),
    };
  }

  #choose(trading: Trading): Choice {
    const { book, random } = trading;
    if (this.#moving !== undefined) return this.#arrive(this.#moving, trading);
    const side: BookSide = random() < 0.5 ? "bids" : "asks";
    const fullness = book.levels / trading.levels;
    const kind = random();
    if (book[side].length < 2 || kind * fullness < PLACE_UNTIL) return this.#place(side, trading);
    if (kind < CANCEL_UNTIL) return this.#cancel(trading);
    return kind < RESIZE_UNTIL ? this.#resize(side, trading) : this.#take(side, trading);
  }

  #place(side: BookSide, trading: Trading): Choice {
    const { book, random, levels } = trading;
    const depth = Math.floor(
      exponential(random, Math.max(PLACE_DEPTH_MIN, levels * PLACE_DEPTH_SHARE)),
    );
    const price = quotePrice(side, depth, trading) ?? quotePrice(side, 0, trading);
    if (price === undefined) return { changes: [] };
    const size = this.#sizes.next();
    this.#keep({ side, price, size });
    return { changes: [{ side, price, size: book[side].sizeAt(price) + size }] };
  }

  /** Mostly a recent order goes. Where takers had it there is nothing to cancel. */
  #cancel({ book, random }: Trading): Choice {
    const back = Math.floor(exponential(random, CANCEL_RECENT_MEAN));
    const index = Math.max(0, this.#orders.length - 1 - back);
    const [order] = this.#orders.splice(index, 1);
    if (order === undefined) return { changes: [] };
    const { side, price } = order;
    const present = book[side].sizeAt(price);
    if (present === 0) return { changes: [] };
    if (random() < MOVE_SHARE) this.#moving = order;
    return { changes: [{ side, price, size: Math.max(0, present - order.size) }] };
  }

  #arrive({ side, price, size }: Order, trading: Trading): Choice {
    this.#moving = undefined;
    const moved = price + (side === "bids" ? -trading.tickSize : trading.tickSize);
    if (moved <= 0 || moved >= ONE || !isBehindFair(side, moved, trading)) return { changes: [] };
    this.#keep({ side, price: moved, size });
    return { changes: [{ side, price: moved, size: trading.book[side].sizeAt(moved) + size }] };
  }

  #resize(side: BookSide, { book, random }: Trading): Choice {
    const levels = book[side];
    const rank = Math.min(levels.length - 1, Math.floor(exponential(random, RESIZE_DEPTH)));
    const price = levels.priceFromTouch(rank) ?? 0;
    return { changes: [{ side, price, size: this.#sizes.next() }] };
  }

  #take(side: BookSide, { book, random }: Trading): Choice {
    const price = book[side].priceFromTouch(0) ?? 0;
    const present = book[side].sizeAt(price);
    const part = Math.min(present, this.#sizes.next());
    const size = random() < WHOLE_LEVEL_SHARE ? present : part;
    return {
      changes: [{ side, price, size: present - size }],
      fills: [{ side, price, size }],
    };
  }

  #keep(order: Order): void {
    this.#orders.push(order);
    if (this.#orders.length > ORDERS_MAX) this.#orders.shift();
  }

  #pause({ random }: Trading): number {
    if (this.#moving !== undefined) return logNormal(random, MOVE_MS, 0.05);
    if (this.#stormActions > 0) {
      this.#stormActions -= 1;
      return exponential(random, STORM_MS);
    }
    if (this.usualPauseMs < STORM_GAP_MS_MAX && random() < STORM_SHARE) {
      this.#stormActions = Math.floor(exponential(random, STORM_ACTIONS));
    }
    const followMs = Math.min(FOLLOW_MS, this.usualPauseMs / 2);
    return random() < FOLLOW_SHARE
      ? logNormal(random, followMs, FOLLOW_SIGMA)
      : exponential(random, this.usualPauseMs / (1 - FOLLOW_SHARE));
  }
}

/** The prices of a side that the fair price has reached, from the touch on. */
function pricesUpTo(levels: MirroredSide, side: BookSide, fairPrice: number): number[] {
  const prices: number[] = [];
  for (let rank = 0; rank < levels.length; rank += 1) {
    const price = levels.priceFromTouch(rank);
    if (price === undefined || (side === "asks" ? price > fairPrice : price < fairPrice)) break;
    prices.push(price);
  }
  return prices;
}
