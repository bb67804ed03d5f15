import { damaged } from "../damaged.ts";
import { isDecimal } from "../decimal.ts";
import type { Level } from "../level.ts";
import { BLOCK_LEVELS_MAX } from "../limits.ts";
import type { OddReader } from "./odd-texts.ts";
import type { Seed } from "./seeds.ts";
import { NO_NUMBER, StreamReader } from "./stream-reader.ts";
import type { Unpacking } from "./unpacking.ts";

/** Levels of a block's keyframe and of its lists, one after the other. */
export class LevelColumns {
  readonly #prices: StreamReader;
  readonly #sizes: StreamReader;

  constructor(unpacking: Unpacking, count: number, oddPrices: OddReader, oddSizes: OddReader) {
    if (count > BLOCK_LEVELS_MAX) throw damaged("a block has too many levels");
    this.#prices = new StreamReader("decimal", count, oddPrices, unpacking);
    this.#sizes = new StreamReader("decimal", count, oddSizes, unpacking);
    for (const { oddTexts } of [this.#prices, this.#sizes]) {
      if (!oddTexts.every(isDecimal)) throw damaged("a level is no pair of decimals");
    }
  }

  /** Those of the keyframe, with so many bids before its asks, that are spelled as usual. */
  seeds(bids: number, asks: number): Seed[] {
    const seeds: Seed[] = [];
    const [prices, sizes] = [this.#prices.numbers, this.#sizes.numbers];
    for (let at = 0; at < bids + asks; at++) {
      const [price, size] = [prices[at]!, sizes[at]!];
      if (price === NO_NUMBER || size === NO_NUMBER) continue;
      seeds.push({ side: at < bids ? 0 : 1, price, size });
    }
    return seeds;
  }

  list(start: number, count: number): Level[] {
    return Array.from({ length: count }, (_, i) => [
      this.#prices.text(start + i),
      this.#sizes.text(start + i),
    ]);
  }
}
