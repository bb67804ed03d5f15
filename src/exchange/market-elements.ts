import type {
  WireBook,
  WireLastTradePrice,
  WirePriceChange,
  WirePriceChangeEntry,
  WireSide,
  WireTickSizeChange,
} from "../polymarket/messages.ts";
import { bookSummary, type MarketState } from "./book-summary.ts";
import type { BookChange } from "./choose-change.ts";
import { ONE, priceText, sizeText } from "./decimal-text.ts";
import type { TokenIndex } from "./mirrored-book.ts";

/** The trade that a change brought about, as one of the two tokens was traded. */
export interface Trade {
  readonly token: TokenIndex;
  /** Ten-thousandths, of that token. */
  readonly price: number;
  /** Hundredths. */
  readonly size: number;
  /** What the taker did. */
  readonly side: WireSide;
  readonly transactionHash: string;
}

/** The `book` that answers a subscription. */
export function openingBook(state: MarketState, token: TokenIndex): WireBook {
  const summary = bookSummary(state, token);
  return {
    market: summary.market,
    asset_id: summary.asset_id,
    timestamp: summary.timestamp,
    hash: summary.hash,
    bids: summary.bids,
    asks: summary.asks,
    tick_size: summary.tick_size,
    event_type: "book",
    last_trade_price: summary.last_trade_price,
  };
}

/** The `book` after a trade: other key order, and without the recipe's values. */
export function laterBook(state: MarketState, token: TokenIndex): WireBook {
  const summary = bookSummary(state, token);
  return {
    market: summary.market,
    asset_id: summary.asset_id,
    bids: summary.bids,
    asks: summary.asks,
    hash: summary.hash,
    timestamp: summary.timestamp,
    event_type: "book",
  };
}

function priceChangeEntry(
  state: MarketState,
  token: TokenIndex,
  change: BookChange,
): WirePriceChangeEntry {
  const { bestBid, bestAsk } = state.book.of(token);
  const ownSide = (change.side === "bids") === (token === 0) ? "BUY" : "SELL";
  return {
    asset_id: state.identity.tokens[token].tokenId,
    price: priceText(token === 0 ? change.price : ONE - change.price),
    size: sizeText(change.size),
    side: ownSide,
    hash: bookSummary(state, token).hash,
    best_bid: priceText(bestBid),
    best_ask: priceText(bestAsk),
  };
}

/** A change that the book already has, for both tokens, `first` first. */
export function priceChange(
  state: MarketState,
  change: BookChange,
  first: TokenIndex,
): WirePriceChange {
  const second = first === 0 ? 1 : 0;
  return {
    market: state.identity.market,
    price_changes: [
      priceChangeEntry(state, first, change),
      priceChangeEntry(state, second, change),
    ],
    timestamp: String(state.lastChangeMs),
    event_type: "price_change",
  };
}

export function lastTradePrice(state: MarketState, trade: Trade): WireLastTradePrice {
  return {
    market: state.identity.market,
    asset_id: state.identity.tokens[trade.token].tokenId,
    price: priceText(trade.price),
    size: sizeText(trade.size),
    fee_rate_bps: "0",
    side: trade.side,
    timestamp: String(state.lastChangeMs),
    event_type: "last_trade_price",
    transaction_hash: trade.transactionHash,
  };
}

/** `oldTickSize` in ten-thousandths; the state has the new one. */
export function tickSizeChange(
  state: MarketState,
  token: TokenIndex,
  oldTickSize: number,
): WireTickSizeChange {
  return {
    market: state.identity.market,
    asset_id: state.identity.tokens[token].tokenId,
    old_tick_size: priceText(oldTickSize),
    new_tick_size: priceText(state.tickSize),
    timestamp: String(state.lastChangeMs),
    event_type: "tick_size_change",
  };
}
