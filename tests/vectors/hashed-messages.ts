import type { SideName } from "../../src/book/book.ts";
import type { Level, Levels } from "../../src/format/level.ts";
import { PlainBook } from "../book/plain-hash.ts";
import type { SourceMessage } from "../segment-bytes.ts";

const MARKET = "0xm";
const TOKEN = "1001";
const VENUE_MS = 1_893_553_445_000;
const DELAY_US = 9000;

/** Messages of one invented token whose hashes are those of its books. */
export class HashedMessages {
  readonly messages: SourceMessage[] = [];
  readonly #book = new PlainBook();
  #ms = VENUE_MS;
  #lastTradePrice = "0.420";

  book(levels: Levels): void {
    this.#ms += 10;
    this.#book.replace(levels);
    const wire = ([price, size]: Level) => ({ price, size });
    this.#say({
      market: MARKET,
      asset_id: TOKEN,
      timestamp: String(this.#ms),
      hash: this.#hash(),
      bids: levels.bids.map(wire),
      asks: levels.asks.map(wire),
      tick_size: "0.01",
      event_type: "book",
      last_trade_price: this.#lastTradePrice,
    });
  }

  /** Changes that share a hash, each in a message of its own. */
  changes(...changes: readonly (readonly [SideName, string, string])[]): void {
    this.#ms += 10;
    for (const [side, price, size] of changes) this.#book.set(side, price, size);
    const { bestBid, bestAsk } = this.#book;
    for (const [side, price, size] of changes) {
      const entry = {
        asset_id: TOKEN,
        price,
        size,
        side: side === "bids" ? "BUY" : "SELL",
        hash: this.#hash(),
        best_bid: bestBid,
        best_ask: bestAsk,
      };
      const timestamp = String(this.#ms);
      const event_type = "price_change";
      this.#say({ market: MARKET, price_changes: [entry], timestamp, event_type });
    }
  }

  /** A trade of the market's other token: no message here, but the next hashes have its price. */
  tradeElsewhere(price: string): void {
    this.#lastTradePrice = price;
  }

  #hash(): string {
    return this.#book.hash({
      market: MARKET,
      tokenId: TOKEN,
      timestamp: String(this.#ms),
      recipe: "10",
      values: {
        minOrderSize: "5",
        tickSize: "0.01",
        negRisk: false,
        lastTradePrice: this.#lastTradePrice,
      },
    });
  }

  #say(element: unknown): void {
    const received_us = this.#ms * 1000 + DELAY_US + this.messages.length;
    this.messages.push({ received_us, socket: 1, text: JSON.stringify(element) });
  }
}
