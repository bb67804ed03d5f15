import type { WireLevel } from "../polymarket/messages.ts";
import { priceText, tradePriceText } from "./decimal-text.ts";
import type { MarketIdentity } from "./market-identity.ts";
import type { MirroredBook, TokenIndex } from "./mirrored-book.ts";

/** Everything about a market that its messages and REST answers are written from. */
export interface MarketState {
  readonly identity: MarketIdentity;
  readonly book: MirroredBook;
  /** Ten-thousandths. */
  readonly tickSize: number;
  /** Ten-thousandths: the last announced trade, at the price of the token that was traded. */
  readonly lastTradePrice: number;
  /** Epoch milliseconds. */
  readonly lastChangeMs: number;
}

/** The book as REST gives it and as the venue hashes it (docs/PROTOCOL.md, "The hash"). */
export interface BookSummary {
  market: string;
  asset_id: string;
  timestamp: string;
  hash: string;
  bids: WireLevel[];
  asks: WireLevel[];
  min_order_size: string;
  tick_size: string;
  neg_risk: boolean;
  last_trade_price: string;
}

/**
 * A token's book with its hash. The hash is the SHA-1 of the very object that is returned, in
 * this key order and with an empty `hash`: the ten-field recipe, written down a second time on
 * purpose, so that a mistake in the recorder's own recipe cannot cancel out.
 */
export function bookSummary(state: MarketState, token: TokenIndex): BookSummary {
  const { bids, asks } = state.book.of(token);
  const summary: BookSummary = {
    market: state.identity.market,
    asset_id: state.identity.tokens[token].tokenId,
    timestamp: String(state.lastChangeMs),
    hash: "",
    bids,
    asks,
    min_order_size: state.identity.minOrderSize,
    tick_size: priceText(state.tickSize),
    neg_risk: state.identity.negRisk,
    last_trade_price: tradePriceText(state.lastTradePrice),
  };
  summary.hash = Bun.SHA1.hash(JSON.stringify(summary), "hex");
  return summary;
}
