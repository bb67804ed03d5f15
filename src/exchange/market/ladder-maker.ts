import type { BookSide } from "./mirrored-book.ts";
import { logNormal } from "./normal.ts";
import type { Action, BookChange, Participant, Trading } from "./participant.ts";
import { quotePrice } from "./quote-price.ts";

/** One order of a ladder. */
export interface Rung {
  /** Ticks behind the fair price. */
  readonly ticks: number;
  /** Hundredths. */
  readonly lot: number;
}

interface Order {
  readonly price: number;
  readonly lot: number;
}

/** How long a round was where it was measured; all other times go with it. */
const MEASURED_ROUND_MS = 57_000;
const SIT_OUT_SHARE = 0.25;
const JOIN_MS = 1_500;
const JOIN_SIGMA = 1.1;
const AWAY_MS = 11_000;
const AWAY_SIGMA = 0.4;
const PACE_MS = 193;
const PACE_SIGMA = 0.04;
/** A maker that has put its ladder back may do it all over, at once and quicker. */
const AGAIN_SHARE = 0.3;
const AGAIN_MS = 800;
const AGAIN_AWAY_MS = 2_500;
const AGAIN_SIGMA = 0.7;
const ANCHOR_TICKS = 3;

/**
 * A program that quotes a ladder: it cancels all of it at one moment and some time later puts it
 * back order by order, outwards, at a steady pace. The makers of a market do so in common rounds.
 * Most of what happens on a real book is this (measured on the recording in [aaimek],
 * docs/PROTOCOL.md).
 */
export class LadderMaker implements Participant {
  readonly usualPauseMs: number;
  readonly #side: BookSide;
  readonly #rungs: readonly Rung[];
  readonly #scale: number;
  /** The fair price that the ladder was last laid by: it follows only a real move. */
  #anchor: number | undefined;
  #orders: Order[] = [];
  /** How many rungs of this ladder stand; all of them until the next round. */
  #quoted = 0;
  #isAgain = false;

  /** `roundMs` is the time from one round to the next. */
  constructor(side: BookSide, rungs: readonly Rung[], roundMs: number) {
    this.#side = side;
    this.#rungs = rungs;
    this.usualPauseMs = roundMs;
    this.#scale = Math.min(1, roundMs / MEASURED_ROUND_MS);
  }

  act(trading: Trading): Action {
    const rung = this.#rungs[this.#quoted];
    if (rung !== undefined) return this.#quote(rung, trading);
    if (!this.#isAgain && trading.random() < SIT_OUT_SHARE) {
      return { changes: [], nextMs: this.#untilNextRound(trading) };
    }
    return this.#cancel(trading);
  }

  #quote(rung: Rung, trading: Trading): Action {
    const { book, random } = trading;
    this.#quoted += 1;
    const nextMs =
      this.#quoted < this.#rungs.length
        ? logNormal(random, PACE_MS * this.#scale, PACE_SIGMA)
        : this.#afterLadder(trading);
    const price = quotePrice(this.#side, rung.ticks, trading, this.#anchorOf(trading));
    if (price === undefined) return { changes: [], nextMs };
    this.#orders.push({ price, lot: rung.lot });
    const size = book[this.#side].sizeAt(price) + rung.lot;
    return { changes: [{ side: this.#side, price, size }], nextMs };
  }

  #anchorOf({ fair, tickSize }: Trading): number {
    const anchor = this.#anchor ?? fair.price;
    const isOld = Math.abs(fair.price - anchor) > ANCHOR_TICKS * tickSize;
    this.#anchor = isOld ? fair.price : anchor;
    return this.#anchor;
  }

  #afterLadder(trading: Trading): number {
    this.#isAgain = trading.random() < AGAIN_SHARE;
    return this.#isAgain
      ? logNormal(trading.random, AGAIN_MS * this.#scale, AGAIN_SIGMA)
      : this.#untilNextRound(trading);
  }

  #untilNextRound({ elapsedMs, random }: Trading): number {
    const joinMs = logNormal(random, JOIN_MS * this.#scale, JOIN_SIGMA);
    return this.usualPauseMs - (elapsedMs % this.usualPauseMs) + joinMs;
  }

  /** Takes back what is left of its orders; takers may have had some. */
  #cancel({ book, random }: Trading): Action {
    const side = this.#side;
    const left = new Map<number, number>();
    for (const { price, lot } of this.#orders) {
      const size = left.get(price) ?? book[side].sizeAt(price);
      if (size > 0) left.set(price, Math.max(0, size - lot));
    }
    this.#orders = [];
    this.#quoted = 0;
    const changes: BookChange[] = [...left].map(([price, size]) => ({ side, price, size }));
    const nextMs = this.#isAgain
      ? logNormal(random, AGAIN_AWAY_MS * this.#scale, AGAIN_SIGMA)
      : logNormal(random, AWAY_MS * this.#scale, AWAY_SIGMA);
    return { changes, nextMs };
  }
}
