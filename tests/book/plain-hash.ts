import { createHash } from "node:crypto";
import Decimal from "decimal.js";
import type { SideName } from "../../src/book/book.ts";
import type { RecipeName, RecipeValues } from "../../src/book/recipes.ts";
import type { Level, Levels } from "../../src/format/level.ts";

/** Rounding to a double keeps the order, but for what becomes the same. */
function compare(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  return difference === 0 && a !== b ? new Decimal(a).cmp(b) : difference;
}

const wire = ([price, size]: Level) => ({ price, size });

/**
 * A book and its hashes made a second time, as simply as can be: a list of levels, sorted when
 * asked for, and `JSON.stringify`.
 */
export class PlainBook {
  readonly #sides: Record<SideName, Level[]> = { bids: [], asks: [] };

  replace({ bids, asks }: Levels): void {
    this.#sides.bids = [];
    this.#sides.asks = [];
    for (const [price, size] of bids) this.set("bids", price, size);
    for (const [price, size] of asks) this.set("asks", price, size);
  }

  set(side: SideName, price: string, size: string): void {
    const others = this.#sides[side].filter(([other]) => compare(other, price) !== 0);
    this.#sides[side] = new Decimal(size).isZero() ? others : [...others, [price, size]];
  }

  levels(): Levels {
    const ascending = (side: SideName) => this.#sides[side].toSorted(([a], [b]) => compare(a, b));
    return { bids: ascending("bids"), asks: ascending("asks").toReversed() };
  }

  get bestBid(): string {
    return this.levels().bids.at(-1)?.[0] ?? "0";
  }

  get bestAsk(): string {
    return this.levels().asks.at(-1)?.[0] ?? "1";
  }

  copy(): PlainBook {
    const copy = new PlainBook();
    copy.replace(this.levels());
    return copy;
  }

  hash(of: HashOptions): string {
    const { market, tokenId, timestamp, recipe, values } = of;
    const fields = FIELDS[recipe];
    const { bids, asks } = this.levels();
    const object = {
      market,
      asset_id: tokenId,
      ...(fields > 5 && { timestamp }),
      hash: "",
      bids: bids.map(wire),
      asks: asks.map(wire),
      ...(fields > 6 && {
        min_order_size: values.minOrderSize,
        tick_size: values.tickSize,
        neg_risk: values.negRisk,
      }),
      ...(fields > 9 && { last_trade_price: values.lastTradePrice }),
    };
    return createHash("sha1").update(JSON.stringify(object)).digest("hex");
  }
}

export interface HashOptions {
  readonly market: string;
  readonly tokenId: string;
  readonly timestamp: string;
  readonly recipe: RecipeName;
  readonly values: RecipeValues;
}

const FIELDS: Readonly<Record<RecipeName, number>> = { "10": 10, "9": 9, "6": 6, "5": 5 };
