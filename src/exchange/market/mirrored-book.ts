import type { WireLevel } from "../../polymarket/messages.ts";
import { ONE } from "./decimal-text.ts";
import type { LevelList } from "./level-list.ts";
import { MirroredSide } from "./mirrored-side.ts";

/** Position of a token in its market: 0 is YES, 1 is NO. */
export type TokenIndex = 0 | 1;

export type BookSide = "bids" | "asks";

/** The book of one of the two tokens; the arrays are the live ones, not copies. */
export interface TokenBook {
  readonly bids: readonly WireLevel[];
  readonly asks: readonly WireLevel[];
  /** The same with their JSON. */
  readonly bidList: LevelList;
  readonly askList: LevelList;
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
    const isYes = token === 0;
    const bidList = isYes ? this.bids.own : this.asks.mirrored;
    const askList = isYes ? this.asks.own : this.bids.mirrored;
    return {
      bids: bidList.levels,
      asks: askList.levels,
      bidList,
      askList,
      bestBid: isYes ? this.bestBid : ONE - this.bestAsk,
      bestAsk: isYes ? this.bestAsk : ONE - this.bestBid,
    };
  }
}
