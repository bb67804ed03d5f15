import type { WireLevel } from "../polymarket/messages.ts";
import { ONE } from "./decimal-text.ts";
import { MirroredSide } from "./mirrored-side.ts";

/** Position of a token in its market: 0 is YES, 1 is NO. */
export type TokenIndex = 0 | 1;

export type BookSide = "bids" | "asks";

/** The book of one of the two tokens; the arrays are the live ones, not copies. */
export interface TokenBook {
  readonly bids: WireLevel[];
  readonly asks: WireLevel[];
  /** Ten-thousandths; 0 while there are no bids. */
  readonly bestBid: number;
  /** Ten-thousandths; one dollar while there are no asks. */
  readonly bestAsk: number;
}

/** The one book of a market, held as the YES token sees it. Prices in ten-thousandths. */
export class MirroredBook {
  readonly bids = new MirroredSide("ascending");
  readonly asks = new MirroredSide("descending");

  get bestBid(): number {
    return this.bids.priceFromTouch(0) ?? 0;
  }

  get bestAsk(): number {
    return this.asks.priceFromTouch(0) ?? ONE;
  }

  of(token: TokenIndex): TokenBook {
    return token === 0
      ? {
          bids: this.bids.own,
          asks: this.asks.own,
          bestBid: this.bestBid,
          bestAsk: this.bestAsk,
        }
      : {
          bids: this.asks.mirrored,
          asks: this.bids.mirrored,
          bestBid: ONE - this.bestAsk,
          bestAsk: ONE - this.bestBid,
        };
  }
}
