import type { Random } from "../../ports/random.ts";

/** All in ten-thousandths. */
const LOWEST = 150;
const HIGHEST = 9_850;
const EXTREME_WIDTH = 200;
const MIDDLE_LOWEST = 1_000;
const MIDDLE_HIGHEST = 9_000;
/** Mostly a price moves by a tick or two, now and then it jumps. */
const STRIDE_TICKS_MAX = 2;
const JUMP_SHARE = 0.04;
const JUMP_MIN = 50;
const JUMP_MAX = 300;

const TOWARDS_TARGET_SHARE = 0.6;
/** When the outcome shows, the price moves fast and one way. */
const DECIDED_MOVE_SHARE = 0.4;
const DECIDED_TOWARDS_SHARE = 0.8;
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
  #isDecided = false;
  readonly #random: Random;
  readonly #moveShare: number;

  /** `moveShare` is the probability that the price moves when it may. */
  constructor(random: Random, price: number, moveShare: number) {
    this.#random = random;
    this.#moveShare = moveShare;
    this.price = Math.min(HIGHEST, Math.max(LOWEST, Math.round(price)));
    this.#target = this.#nextTarget();
  }

  /** Gives time for one step, which is mostly a rest. `tickSize` in ten-thousandths. */
  move(tickSize: number): void {
    if (this.#random() >= (this.#isDecided ? DECIDED_MOVE_SHARE : this.#moveShare)) {
      return;
    }
    const distance = Math.abs(this.#target - this.price);
    const isJump = this.#isDecided || this.#random() < JUMP_SHARE;
    const stride = isJump
      ? this.#between(JUMP_MIN, this.#isDecided ? JUMP_MAX + distance / 3 : JUMP_MAX)
      : this.#between(1, STRIDE_TICKS_MAX) * Math.min(tickSize, JUMP_MIN);
    const share = this.#isDecided ? DECIDED_TOWARDS_SHARE : TOWARDS_TARGET_SHARE;
    const towards = this.#random() < share ? 1 : -1;
    const step = Math.sign(this.#target - this.price) * towards * stride;
    this.price = Math.min(HIGHEST, Math.max(LOWEST, this.price + step));
    if (!this.#isDecided && Math.abs(this.#target - this.price) < JUMP_MAX) {
      this.#target = this.#nextTarget();
    }
  }

  /** The outcome shows: the price is on its way to certainty. */
  decide(): void {
    this.#isDecided = true;
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
