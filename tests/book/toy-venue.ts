import type { SideName } from "../../src/book/book.ts";
import type { RecipeName, RecipeValues } from "../../src/book/recipes.ts";
import type { Level, Levels } from "../../src/format/level.ts";
import { PlainBook } from "./plain-hash.ts";

/** The market and token of all that it says. */
export const TOY_IMPLIED = { market: "0xm", tokenId: "1001" };

export interface ToyChange {
  readonly price: string;
  readonly size: string;
  readonly side: string;
}

const wire = ([price, size]: Level) => ({ price, size });

/** One token of a venue that says what it is told to say, with the hashes of its own book. */
export class ToyVenue {
  readonly book = new PlainBook();
  readonly recipe: RecipeName;
  values: RecipeValues = {
    minOrderSize: "5",
    tickSize: "0.01",
    negRisk: false,
    lastTradePrice: "0.500",
  };

  constructor(
    recipe: RecipeName = "10",
    levels: Levels = { bids: [["0.4", "10"]], asks: [["0.6", "10"]] },
  ) {
    this.recipe = recipe;
    this.book.replace(levels);
  }

  apply({ side, price, size }: ToyChange): void {
    const name: SideName = side === "BUY" ? "bids" : "asks";
    this.book.set(name, price, size);
  }

  hash(timestamp: string): string {
    const { recipe, values } = this;
    return this.book.hash({ ...TOY_IMPLIED, timestamp, recipe, values });
  }

  /** Best prices of the book as it is now. */
  get best() {
    return { best_bid: this.book.bestBid, best_ask: this.book.bestAsk };
  }

  /** The text of the book; only an opening one states values. */
  bookText(timestamp: string, isOpening: boolean): string {
    const { market, tokenId: asset_id } = TOY_IMPLIED;
    const { tickSize: tick_size, lastTradePrice: last_trade_price } = this.values;
    const { bids, asks } = this.book.levels();
    const sides = { bids: bids.map(wire), asks: asks.map(wire) };
    const fields = { market, asset_id, timestamp, hash: this.hash(timestamp), ...sides };
    const stated = { tick_size, event_type: "book", last_trade_price };
    return JSON.stringify({ ...fields, ...(isOpening ? stated : { event_type: "book" }) });
  }

  /** A change as an entry of the current form, told of the book as it is now. */
  entry({ price, size, side }: ToyChange, timestamp: string) {
    const { tokenId: asset_id } = TOY_IMPLIED;
    return { asset_id, price, size, side, hash: this.hash(timestamp), ...this.best };
  }

  /** A message of the current form. */
  text(entries: readonly unknown[], timestamp: string): string {
    const { market } = TOY_IMPLIED;
    const event_type = "price_change";
    return JSON.stringify({ market, price_changes: entries, timestamp, event_type });
  }

  /** Applies a change of a bid; its message. */
  bid(timestamp: string, price: string, size: string): string {
    const change = { price, size, side: "BUY" };
    this.apply(change);
    return this.text([this.entry(change, timestamp)], timestamp);
  }
}
