import { createHash } from "node:crypto";
import type { WireBook, WireLevel, WirePriceChangeEntry } from "../../src/polymarket/messages.ts";

/** What REST says about a market, and the announced values that enter a hash. */
export interface Recipe {
  readonly minOrderSize: string;
  readonly negRisk: boolean;
  tickSize: string;
  lastTradePrice: string;
}

function sorted(levels: ReadonlyMap<string, string>, direction: 1 | -1): WireLevel[] {
  return [...levels]
    .map(([price, size]) => ({ price, size }))
    .sort((a, b) => direction * (Number(a.price) - Number(b.price)));
}

function mapOf(levels: readonly WireLevel[]): Map<string, string> {
  return new Map(levels.map(({ price, size }) => [price, size]));
}

/** A token's book as a client would keep it: two plain maps, and its own writing of the hash. */
export class ReplayedBook {
  bids = new Map<string, string>();
  asks = new Map<string, string>();

  load(book: WireBook): void {
    this.bids = mapOf(book.bids);
    this.asks = mapOf(book.asks);
  }

  copy(): ReplayedBook {
    const copy = new ReplayedBook();
    copy.bids = new Map(this.bids);
    copy.asks = new Map(this.asks);
    return copy;
  }

  apply(entry: WirePriceChangeEntry): void {
    const side = entry.side === "BUY" ? this.bids : this.asks;
    if (entry.size === "0") {
      side.delete(entry.price);
    } else {
      side.set(entry.price, entry.size);
    }
  }

  get bidLevels(): WireLevel[] {
    return sorted(this.bids, 1);
  }

  get askLevels(): WireLevel[] {
    return sorted(this.asks, -1);
  }

  get bestBid(): string {
    return this.bidLevels.at(-1)?.price ?? "0";
  }

  get bestAsk(): string {
    return this.askLevels.at(-1)?.price ?? "1";
  }

  hash(market: string, tokenId: string, timestamp: string, recipe: Recipe): string {
    const levels = (list: WireLevel[]): string =>
      list.map(({ price, size }) => `{"price":"${price}","size":"${size}"}`).join(",");
    const text =
      `{"market":"${market}","asset_id":"${tokenId}","timestamp":"${timestamp}","hash":"",` +
      `"bids":[${levels(this.bidLevels)}],"asks":[${levels(this.askLevels)}],` +
      `"min_order_size":"${recipe.minOrderSize}","tick_size":"${recipe.tickSize}",` +
      `"neg_risk":${recipe.negRisk},"last_trade_price":"${recipe.lastTradePrice}"}`;
    return createHash("sha1").update(text).digest("hex");
  }
}
