import type { Keyframe } from "../block.ts";
import { ByteReader, ByteWriter } from "../bytes.ts";
import type { Level } from "../level.ts";
import { loggedLevels, logLevels } from "../logged-values.ts";
import { exactText } from "../packed-value.ts";
import { type Seed, seedsOf } from "./seeds.ts";

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

  /** Bids, then asks. */
  levels(): Level[] {
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
  seeds(levels: readonly Level[]): Seed[] {
    const [bids, asks] = [levels.slice(0, this.#bids), levels.slice(this.#bids)];
    return seedsOf({ bids, asks });
  }
}
