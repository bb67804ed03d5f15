import type { Random } from "../../ports/random.ts";

/** All in ten-thousandths. */
const LOWEST = 150;
const HIGHEST = 9_850;
const EXTREME_WIDTH = 200;
const MIDDLE_LOWEST = 1_000;
const MIDDLE_HIGHEST = 9_000;
const STRIDE_MIN = 20;
const STRIDE_MAX = 100;

const MOVE_SHARE = 0.04;
const TOWARDS_TARGET_SHARE = 0.65;
/** How often a market heads for a near-certain price, where the venue refines its tick. */
const EXTREME_SHARE = 0.2;

/**
 * The price that the orders of a market lie around: it walks to a target, with steps back, and
 * then chooses the next target.
 */
export class FairPrice {
  /** YES price in ten-thousandths. */
  price: number;
  #target: number;
  readonly #random: Random;

  constructor(random: Random, price: number) {
    this.#random = random;
    this.price = Math.min(HIGHEST, Math.max(LOWEST, Math.round(price)));
    this.#target = this.#nextTarget();
  }

  /** Gives time for one step, which is mostly a rest. */
  move(): void {
    if (this.#random() >= MOVE_SHARE) {
      return;
    }
    const stride = this.#between(STRIDE_MIN, STRIDE_MAX);
    const towards = this.#random() < TOWARDS_TARGET_SHARE ? 1 : -1;
    const step = Math.sign(this.#target - this.price) * towards * stride;
    this.price = Math.min(HIGHEST, Math.max(LOWEST, this.price + step));
    if (Math.abs(this.#target - this.price) < STRIDE_MAX) {
      this.#target = this.#nextTarget();
    }
  }

  /** The outcome shows: the price is on its way to certainty. */
  decide(): void {
    this.#target = this.price < (LOWEST + HIGHEST) / 2 ? LOWEST : HIGHEST;
  }

  #nextTarget(): number {
    if (this.#random() >= EXTREME_SHARE) {
      return this.#between(MIDDLE_LOWEST, MIDDLE_HIGHEST);
    }
    return this.#random() < 0.5
      ? this.#between(LOWEST, LOWEST + EXTREME_WIDTH)
      : this.#between(HIGHEST - EXTREME_WIDTH, HIGHEST);
  }

  #between(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }
}
