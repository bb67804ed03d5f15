import type { Keyframe } from "../block.ts";
import { ByteReader, ByteWriter } from "../bytes.ts";
import { loggedLevels, logLevels } from "../logged-values.ts";
import { exactText } from "../packed-value.ts";
import type { Seed } from "./seeds.ts";

/** What a block that waits keeps of its keyframe: no strings, since thousands of blocks wait. */
export class KeyframeHead {
  readonly #bids: number;
  readonly #asks: number;
  readonly #tickSize: string | null;
  readonly #lastTradePrice: string | null;
  readonly #levels: Uint8Array;

  constructor({ bids, asks, tickSize, lastTradePrice }: Keyframe) {
    this.#bids = bids.length;
    this.#asks = asks.length;
    this.#tickSize = tickSize;
    this.#lastTradePrice = lastTradePrice;
    const bytes = new ByteWriter();
    logLevels(bytes, [...bids, ...asks]);
    this.#levels = bytes.view().slice();
  }

  get bytes(): number {
    return this.#levels.length;
  }

  /** Bids, then asks: prices and sizes in turn, see `loggedLevels`. */
  levels(): (number | string)[] {
    return loggedLevels(new ByteReader(this.#levels));
  }

  /** As the block's head has it. */
  head(): unknown {
    const [tickSize, lastTradePrice] = [this.#tickSize, this.#lastTradePrice];
    return [
      this.#bids,
      this.#asks,
      tickSize && exactText(tickSize),
      lastTradePrice && exactText(lastTradePrice),
    ];
  }

  /** What changes are predicted from, of its levels. */
  seeds(levels: readonly (number | string)[]): Seed[] {
    const seeds: Seed[] = [];
    for (let i = 0; i < levels.length; i += 2) {
      const [price, size] = [levels[i]!, levels[i + 1]!];
      if (typeof price === "string" || typeof size === "string") continue;
      seeds.push({ side: i / 2 < this.#bids ? 0 : 1, price, size });
    }
    return seeds;
  }
}
