import { HashedBook } from "../../../src/book/hashed-book.ts";
import { RECIPES } from "../../../src/book/recipes.ts";
import { HASH_BYTES } from "../../../src/format/hash-text.ts";
import type { Random } from "../../../src/ports/random.ts";

const VALUES = { minOrderSize: "5", tickSize: "0.001", negRisk: false, lastTradePrice: "0.500" };
const START_MS = 1_790_000_000_000;
const THOUSAND = 1000;
const WAY_US = 8000;
const JITTER_US = 2000;
const DIGEST = new Uint8Array(HASH_BYTES);

/** One of a market's tokens, its book and its id. */
interface BenchToken {
  readonly tokenId: string;
  readonly book: HashedBook;
}

interface BenchMarket {
  readonly market: string;
  readonly tokens: readonly [BenchToken, BenchToken];
}

/**
 * Messages of two entries with true hashes, made as fast as they can be judged: what a venue with
 * so many markets and levels would send. Nearly all changes are near the touch.
 */
export class MarketMessages {
  readonly #markets: readonly BenchMarket[];
  readonly #levels: number;
  readonly #random: Random;
  #ms = START_MS;

  constructor(markets: number, levels: number, random: Random) {
    this.#random = random;
    this.#levels = levels;
    this.#markets = Array.from({ length: markets }, (_, i) => this.#newMarket(i));
  }

  get tokenIds(): { readonly tokenId: string; readonly market: string }[] {
    return this.#markets.flatMap(({ market, tokens }) =>
      tokens.map(({ tokenId }) => ({ tokenId, market })),
    );
  }

  /** The opening books of all tokens. */
  books(): string[] {
    return this.#markets.flatMap(({ market, tokens }) =>
      tokens.map(({ tokenId, book }) => {
        const wire = ([price, size]: readonly [string, string]) => ({ price, size });
        const { bids, asks } = book.levels();
        const timestamp = String(this.#ms);
        return JSON.stringify({
          market,
          asset_id: tokenId,
          timestamp,
          hash: hashOf(book, timestamp),
          bids: bids.map(wire),
          asks: asks.map(wire),
          tick_size: VALUES.tickSize,
          event_type: "book",
          last_trade_price: VALUES.lastTradePrice,
        });
      }),
    );
  }

  /** The next messages, one of a random market after the other. */
  next(count: number): string[] {
    return Array.from({ length: count }, () => {
      const market = this.#markets[Math.floor(this.#random() * this.#markets.length)]!;
      return this.#message(market);
    });
  }

  #message({ market, tokens }: BenchMarket): string {
    this.#ms += 1 + Math.floor(this.#random() * 3);
    const timestamp = String(this.#ms);
    const isBid = this.#random() < 0.5;
    const depth = 1 + Math.floor(this.#random() ** 4 * (this.#levels / 2));
    const ticks = isBid ? 500 - depth : 500 + depth;
    const size = this.#random() < 0.1 ? "0" : this.#size();
    const entries = tokens.map(({ tokenId, book }, i) => {
      const price = String((i === 0 ? ticks : THOUSAND - ticks) / THOUSAND);
      const isBuy = (i === 0) === isBid;
      book.set(isBuy ? "bids" : "asks", price, size);
      const side = isBuy ? "BUY" : "SELL";
      const hash = hashOf(book, timestamp);
      return (
        `{"asset_id":"${tokenId}","price":"${price}","size":"${size}","side":"${side}",` +
        `"hash":"${hash}","best_bid":"${book.bestBid}","best_ask":"${book.bestAsk}"}`
      );
    });
    return `{"market":"${market}","price_changes":[${entries.join(",")}],"timestamp":"${timestamp}","event_type":"price_change"}`;
  }

  #newMarket(number: number): BenchMarket {
    const market = `0x${number.toString(16).padStart(64, "5f")}`;
    const tokens = [0, 1].map((side): BenchToken => {
      const tokenId = String((2 * number + side) * 7919 + 1).padStart(77, "926700527496901553");
      const book = new HashedBook(market, tokenId);
      for (let depth = this.#levels / 2; depth > 0; depth--) {
        book.set("bids", String((500 - depth) / THOUSAND), this.#size());
        book.set("asks", String((500 + depth) / THOUSAND), this.#size());
      }
      return { tokenId, book };
    });
    return { market, tokens: tokens as [BenchToken, BenchToken] };
  }

  #size(): string {
    return String(Math.ceil(this.#random() ** 3 * 3_000_000) / 100);
  }
}

/** When a message may have been received: 8 to 10 ms after the venue's time. */
export function receivedUsOf(text: string): number {
  const ms = Number(/"timestamp":"(\d+)"/.exec(text)?.[1]);
  return ms * 1000 + WAY_US + ((ms * 7919) % JITTER_US);
}

function hashOf(book: HashedBook, timestamp: string): string {
  book.hash(timestamp, RECIPES["10"], VALUES, DIGEST);
  return DIGEST.toHex();
}
