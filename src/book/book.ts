import { compareDecimals, isDecimal, millionthsOf, normalDecimal } from "../format/decimal.ts";
import type { Level, Levels } from "../format/level.ts";
import { SIDE_LEVELS_MAX } from "../format/limits.ts";

/** One side: levels by price, one spelling of a price for all its spellings. */
type Side = Map<string, Level>;

export type SideName = "bids" | "asks";

/**
 * An order book for levels of any kind, with prices and sizes spelled as the venue spells them:
 * slow beside `HashedBook`, which wants prices on a grid. Order is made when asked for.
 */
export class Book {
  readonly #bids: Side = new Map();
  readonly #asks: Side = new Map();

  /** Bids ascending, asks descending: the best level is the last of each. */
  levels(): Levels {
    return { bids: this.side("bids"), asks: this.side("asks") };
  }

  side(name: SideName): Level[] {
    const descending = name === "asks" ? -1 : 1;
    return [...this.#side(name).values()].sort(([a], [b]) => compareDecimals(a, b) * descending);
  }

  /** Puts other levels in the place of all. */
  replace({ bids, asks }: Levels): void {
    for (const [side, levels] of [
      [this.#bids, bids],
      [this.#asks, asks],
    ] as const) {
      side.clear();
      for (const [price, size] of levels) setLevel(side, price, size);
    }
  }

  /** Levels of both sides. */
  get count(): number {
    return this.#bids.size + this.#asks.size;
  }

  /** `size` is the new whole size at `price`; zero removes the level. A full side takes no other. */
  set(name: SideName, price: string, size: string): void {
    setLevel(this.#side(name), price, size);
  }

  #side(name: SideName): Side {
    return name === "bids" ? this.#bids : this.#asks;
  }
}

function setLevel(side: Side, price: string, size: string): void {
  const key = normalDecimal(price);
  if (isZero(size)) side.delete(key);
  else if (side.size < SIDE_LEVELS_MAX || side.has(key)) side.set(key, [price, size]);
}

function isZero(size: string): boolean {
  return (
    size === "0" || (millionthsOf(size) < 0 && isDecimal(size) && compareDecimals(size, "0") === 0)
  );
}
