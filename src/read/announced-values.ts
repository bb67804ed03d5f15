import { hashedPrice } from "../book/recipes.ts";
import type { Update } from "./update.ts";

/** What the venue said last of a token beside its levels; `undefined` while unknown. */
export class AnnouncedValues {
  tickSize: string | undefined;
  /** As books spell it: with at least three decimals; `""` before the first trade. */
  lastTradePrice: string | undefined;
  /** `undefined` before any. */
  trade: Update | undefined;

  /** Takes the next update of the token, of any type. */
  take(update: Update): void {
    switch (update.update_type) {
      case "book": {
        const price = update.string("last_trade_price");
        this.tickSize = update.string("tick_size") ?? this.tickSize;
        if (price !== undefined) this.lastTradePrice = hashedPrice(price);
        break;
      }
      case "tick_size_change":
        this.tickSize = update.string("new_tick_size") ?? this.tickSize;
        break;
      case "last_trade_price":
        this.trade = update;
        this.lastTradePrice = hashedPrice(update.string("price") ?? "");
        break;
      default:
    }
  }
}
