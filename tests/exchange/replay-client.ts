import type { WireElement, WirePriceChange } from "../../src/polymarket/messages.ts";
import { type Recipe, ReplayedBook } from "./replayed-book.ts";

export interface StaticValues {
  readonly minOrderSize: string;
  readonly negRisk: boolean;
}

/** Three decimals, as a book's `last_trade_price` has them. */
function padded(price: string): string {
  const [whole = "0", fraction = ""] = price.split(".");
  return `${whole}.${fraction.padEnd(3, "0")}`;
}

/** Follows messages as a client with a plain book per token, and notes everything that is off. */
export class ReplayClient {
  readonly books = new Map<string, ReplayedBook>();
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #recipes = new Map<string, Recipe>();
  readonly #times = new Map<string, number>();
  readonly #values: (market: string) => StaticValues;

  constructor(values: (market: string) => StaticValues) {
    this.#values = values;
  }

  /** Takes one WebSocket text. */
  receive(text: string): void {
    const parsed = JSON.parse(text) as WireElement | WireElement[];
    for (const element of Array.isArray(parsed) ? parsed : [parsed]) {
      this.counts[element.event_type] = (this.counts[element.event_type] ?? 0) + 1;
      this.#take(element);
    }
  }

  book(tokenId: string): ReplayedBook {
    const book = this.books.get(tokenId) ?? new ReplayedBook();
    this.books.set(tokenId, book);
    return book;
  }

  #take(element: WireElement): void {
    switch (element.event_type) {
      case "book": {
        const recipe = this.#recipe(element.market);
        recipe.tickSize = element.tick_size ?? recipe.tickSize;
        recipe.lastTradePrice = element.last_trade_price ?? recipe.lastTradePrice;
        const book = this.book(element.asset_id);
        book.load(element);
        this.#same("bids in order", JSON.stringify(book.bidLevels), JSON.stringify(element.bids));
        this.#same("asks in order", JSON.stringify(book.askLevels), JSON.stringify(element.asks));
        this.#check(element.market, element.asset_id, element.timestamp, element.hash);
        break;
      }
      case "price_change":
        this.#takeChange(element);
        break;
      case "last_trade_price":
        this.#recipe(element.market).lastTradePrice = padded(element.price);
        break;
      case "tick_size_change":
        this.#recipe(element.market).tickSize = element.new_tick_size;
        break;
      default:
        this.problems.push(`unexpected ${element.event_type}`);
    }
  }

  #takeChange(change: WirePriceChange): void {
    for (const entry of change.price_changes) {
      const book = this.book(entry.asset_id);
      book.apply(entry);
      this.#same("best bid", book.bestBid, entry.best_bid);
      this.#same("best ask", book.bestAsk, entry.best_ask);
      if (Number(book.bestBid) >= Number(book.bestAsk)) {
        this.problems.push(`crossed at ${book.bestBid}`);
      }
      this.#check(change.market, entry.asset_id, change.timestamp, entry.hash);
    }
  }

  #check(market: string, tokenId: string, timestamp: string, hash: string): void {
    const book = this.book(tokenId);
    this.#same("hash", book.hash(market, tokenId, timestamp, this.#recipe(market)), hash);
    if (Number(timestamp) < (this.#times.get(tokenId) ?? 0)) {
      this.problems.push(`time of ${tokenId} went back to ${timestamp}`);
    }
    this.#times.set(tokenId, Number(timestamp));
  }

  #recipe(market: string): Recipe {
    const known = this.#recipes.get(market);
    if (known !== undefined) {
      return known;
    }
    const recipe = { ...this.#values(market), tickSize: "", lastTradePrice: "" };
    this.#recipes.set(market, recipe);
    return recipe;
  }

  #same(what: string, ours: string, theirs: string): void {
    if (ours !== theirs) {
      this.problems.push(`${what}: ${ours} is not ${theirs}`);
    }
  }
}
