import type { Random } from "../ports/random.ts";

/** Hundredths of a share. */
const ROUND_SIZES = [500, 1_000, 2_000, 2_500, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000];
const ROUND_SHARE = 0.35;
const FAVOURITE_SHARE = 0.3;
const FAVOURITES = 8;
const MEDIAN_SIZE = 15_000;
const SPREAD = 1.4;
const SIZE_MAX = 2_000_000;
const SIZE_MIN = 1;

/**
 * Sizes as people and programs place them: a third are round, a third repeat what a market maker
 * of this market placed before, the rest are log-normal to the cent. All in hundredths.
 */
export class SizeSource {
  readonly #random: Random;
  readonly #favourites: number[];

  constructor(random: Random) {
    this.#random = random;
    this.#favourites = Array.from({ length: FAVOURITES }, () => this.#logNormal());
  }

  next(): number {
    const kind = this.#random();
    if (kind < ROUND_SHARE) {
      return this.#pick(ROUND_SIZES);
    }
    return kind < ROUND_SHARE + FAVOURITE_SHARE ? this.#pick(this.#favourites) : this.#logNormal();
  }

  /** A size other than `size`, so that a change always changes something. */
  nextOtherThan(size: number): number {
    const next = this.next();
    return next === size ? next + 1 : next;
  }

  #pick(sizes: readonly number[]): number {
    return sizes[Math.floor(this.#random() * sizes.length)] ?? SIZE_MIN;
  }

  #logNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    const normal = radius * Math.cos(2 * Math.PI * this.#random());
    const size = Math.round(MEDIAN_SIZE * Math.exp(SPREAD * normal));
    return Math.min(SIZE_MAX, Math.max(SIZE_MIN, size));
  }
}
