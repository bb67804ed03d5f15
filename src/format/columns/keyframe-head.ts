import type { Keyframe } from "../block.ts";
import { millionthsOf } from "../decimal.ts";
import { exactText } from "../packed-value.ts";
import { ODD, type Seed } from "./seeds.ts";

/**
 * What a block that waits keeps of its keyframe beside the columns of levels: a thousandth of the
 * objects, since thousands of blocks wait.
 */
export class KeyframeHead {
  readonly #bids: number;
  readonly #tickSize: string | null;
  readonly #lastTradePrice: string | null;
  /** Price and size of each level in millionths, or `ODD`. */
  readonly #millionths: Float64Array;

  constructor({ bids, asks, tickSize, lastTradePrice }: Keyframe) {
    this.#bids = bids.length;
    this.#tickSize = tickSize;
    this.#lastTradePrice = lastTradePrice;
    this.#millionths = new Float64Array(2 * (bids.length + asks.length));
    let at = 0;
    for (const levels of [bids, asks]) {
      for (const [price, size] of levels) {
        this.#millionths[at++] = millionthsOf(price);
        this.#millionths[at++] = millionthsOf(size);
      }
    }
  }

  /** As the block's head has it. */
  head(): unknown {
    const asks = this.#millionths.length / 2 - this.#bids;
    const [tickSize, lastTradePrice] = [this.#tickSize, this.#lastTradePrice];
    return [
      this.#bids,
      asks,
      tickSize && exactText(tickSize),
      lastTradePrice && exactText(lastTradePrice),
    ];
  }

  seeds(): Seed[] {
    const seeds: Seed[] = [];
    for (let at = 0; at < this.#millionths.length; at += 2) {
      const price = this.#millionths[at]!;
      const size = this.#millionths[at + 1]!;
      if (price !== ODD && size !== ODD)
        seeds.push({ side: at / 2 < this.#bids ? 0 : 1, price, size });
    }
    return seeds;
  }
}
