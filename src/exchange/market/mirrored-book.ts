import type { WireLevel } from "../../polymarket/messages.ts";
import { ONE } from "./decimal-text.ts";
import { MirroredSide } from "./mirrored-side.ts";

/** Position of a token in its market: 0 is YES, 1 is NO. */
export type TokenIndex = 0 | 1;

export type BookSide = "bids" | "asks";

/** The book of one of the two tokens; the arrays are the live ones, not copies. */
export interface TokenBook {
  readonly bids: WireLevel[];
  readonly asks: WireLevel[];
  /** The same as JSON. */
  readonly bidsJson: string;
  readonly asksJson: string;
  /** Ten-thousandths; 0 while there are no bids. */
  readonly bestBid: number;
  /** Ten-thousandths; one dollar while there are no asks. */
  readonly bestAsk: number;
}

/** The one book of a market, held as the YES token sees it. Prices in ten-thousandths. */
export class MirroredBook {
  readonly bids: MirroredSide;
  readonly asks: MirroredSide;

  constructor(bids = new MirroredSide("ascending"), asks = new MirroredSide("descending")) {
    this.bids = bids;
    this.asks = asks;
  }

  copy(): MirroredBook {
    return new MirroredBook(this.bids.copy(), this.asks.copy());
  }

  get levels(): number {
    return this.bids.length + this.asks.length;
  }

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
          bidsJson: this.bids.ownJson,
          asksJson: this.asks.ownJson,
          bestBid: this.bestBid,
          bestAsk: this.bestAsk,
        }
      : {
          bids: this.asks.mirrored,
          asks: this.bids.mirrored,
          bidsJson: this.asks.mirroredJson,
          asksJson: this.bids.mirroredJson,
          bestBid: ONE - this.bestAsk,
          bestAsk: ONE - this.bestBid,
        };
  }
}
