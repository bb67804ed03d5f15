import type { Random } from "../../ports/random.ts";
import { logNormal } from "./normal.ts";
import { pick } from "./pick.ts";

/**
 * What quoting programs place, the common ones several times, in hundredths of a share: the lots
 * seen on the recording in [aaimek] (docs/PROTOCOL.md).
 */
export const LOTS: readonly number[] = [
  10_100, 10_100, 10_100, 10_100, 20_500, 40_100, 20_400, 50_800, 5_100, 100_000, 10_200, 20_000,
  30_000, 250_000, 50_000, 60_000, 5_000, 10_000,
];
const LOT_SHARE = 0.5;
const MEDIAN_SIZE = 20_000;
const SPREAD = 1.3;
const WHOLE_SHARE = 0.6;
const SIZE_MAX = 500_000_000;
const SIZE_MIN = 100;
const WHOLE = 100;

/**
 * Sizes as people and programs place them: half of them are known lots, the rest log-normal, some
 * to the cent. All in hundredths of a share.
 */
export class SizeSource {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): number {
    return this.#random() < LOT_SHARE
      ? (pick(this.#random, LOTS) ?? SIZE_MIN)
      : this.any(MEDIAN_SIZE);
  }

  /** Log-normal around `median`. */
  any(median: number): number {
    const size = Math.round(logNormal(this.#random, median, SPREAD));
    const whole = this.#random() < WHOLE_SHARE ? size - (size % WHOLE) : size;
    return Math.min(SIZE_MAX, Math.max(SIZE_MIN, whole));
  }
}
