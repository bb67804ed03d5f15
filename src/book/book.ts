import { compareDecimals, isDecimal, millionthsOf, normalDecimal } from "../format/decimal.ts";
import type { Level, LevelList, Levels } from "../format/level.ts";

/** One side: levels by price, one spelling of a price for all its spellings. */
type Side = Map<string, Level>;

export type SideName = "bids" | "asks";

/**
 * A token's order book, with prices and sizes spelled as the venue spells them. Order is made
 * when asked for: keyframes and books are a thousand times rarer than changes.
 */
export class Book {
  readonly #bids: Side = new Map();
  readonly #asks: Side = new Map();
  tickSize: string | null = null;
  lastTradePrice: string | null = null;

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

  /** `size` is the new whole size at `price`; zero removes the level. */
  set(name: SideName, price: string, size: string): void {
    setLevel(this.#side(name), price, size);
  }

  /** How a side of a new book is stored beside this one: see `LevelList`. */
  difference(name: SideName, next: readonly Level[]): LevelList {
    const current = this.side(name);
    if (sameLevels(current, next)) return { mode: "same", levels: [] };
    const changed: Level[] = [];
    const nextPrices = new Set(next.map(([price]) => normalDecimal(price)));
    for (const [price] of current) {
      if (!nextPrices.has(normalDecimal(price))) changed.push([price, "0"]);
    }
    for (const level of next) {
      const own = this.#side(name).get(normalDecimal(level[0]));
      if (own?.[0] !== level[0] || own[1] !== level[1]) changed.push(level);
    }
    // Only what this very list brings back may stand for it: an unsorted book, a doubled price
    // or a level of size zero is stored whole.
    const restored = applyList(current, name, { mode: "changed", levels: changed });
    const exact = changed.length < next.length && sameLevels(restored, next);
    return exact ? { mode: "changed", levels: changed } : { mode: "whole", levels: next };
  }

  /** The levels that a stored side of a new book stands for, in the order of the wire. */
  resolve(name: SideName, list: LevelList): readonly Level[] {
    if (list.mode === "whole") return list.levels;
    return applyList(this.side(name), name, list);
  }

  #side(name: SideName): Side {
    return name === "bids" ? this.#bids : this.#asks;
  }
}

function applyList(current: readonly Level[], name: SideName, list: LevelList): Level[] {
  const book = new Book();
  for (const [price, size] of [...current, ...list.levels]) book.set(name, price, size);
  return book.side(name);
}

function setLevel(side: Side, price: string, size: string): void {
  const key = normalDecimal(price);
  if (isZero(size)) side.delete(key);
  else side.set(key, [price, size]);
}

function isZero(size: string): boolean {
  return (
    size === "0" || (millionthsOf(size) < 0 && isDecimal(size) && compareDecimals(size, "0") === 0)
  );
}

function sameLevels(a: readonly Level[], b: readonly Level[]): boolean {
  return (
    a.length === b.length && a.every(([price, size], i) => price === b[i]![0] && size === b[i]![1])
  );
}
