import type {
  WireBestBidAsk,
  WireBook,
  WireLastTradePrice,
  WireMarketResolved,
  WireNewMarket,
  WirePriceChange,
  WirePriceChangeEntry,
  WireSide,
  WireTickSizeChange,
} from "../../polymarket/messages.ts";
import {
  type BookSummary,
  bookSummary,
  type MarketState,
  type RecipeName,
} from "./book-summary.ts";
import { ONE, priceText, sizeText, tradeSizeText } from "./decimal-text.ts";
import type { EventIdentity } from "./event-identity.ts";
import { FEES } from "./fees.ts";
import type { MarketIdentity } from "./market-identity.ts";
import type { TokenIndex } from "./mirrored-book.ts";
import type { BookChange } from "./participant.ts";

/**
 * The market channel's elements as the venue writes them today, in its key order
 * (docs/PROTOCOL.md, "Events"). Times are epoch milliseconds as the venue's clock has them.
 */

/** A trade as one of the two tokens was traded. */
export interface Trade {
  readonly token: TokenIndex;
  /** Ten-thousandths, of that token. */
  readonly price: number;
  /** Millionths: an order for an amount of dollars buys no round number of shares. */
  readonly size: number;
  /** What the taker did. */
  readonly side: WireSide;
  readonly transactionHash: string;
}

/** The best prices of YES, in ten-thousandths; 0 and a dollar where a side is empty. */
export interface BestPrices {
  readonly bid: number;
  readonly ask: number;
}

/** The `book` that answers a subscription. */
export function openingBook(state: MarketState, token: TokenIndex, recipe: RecipeName): WireBook {
  const summary = bookSummary(state, token, recipe);
  return {
    market: summary.market,
    asset_id: summary.asset_id,
    timestamp: String(state.lastChangeMs),
    hash: summary.hash,
    bids: [...summary.bids],
    asks: [...summary.asks],
    ...(summary.last_trade_price !== undefined && { tick_size: summary.tick_size ?? "" }),
    event_type: "book",
    ...(summary.last_trade_price !== undefined && { last_trade_price: summary.last_trade_price }),
  };
}

/** The `book` after a trade: other key order, and without the recipe's values. */
export function laterBook(state: MarketState, token: TokenIndex, recipe: RecipeName): WireBook {
  const summary: BookSummary = bookSummary(state, token, recipe);
  return {
    market: summary.market,
    asset_id: summary.asset_id,
    bids: [...summary.bids],
    asks: [...summary.asks],
    hash: summary.hash,
    timestamp: String(state.lastChangeMs),
    event_type: "book",
  };
}

/** A change as one token has it: the price mirrored and the side turned for NO. */
export function mirrored({ side, price }: BookChange, token: TokenIndex) {
  const isBid = (side === "bids") === (token === 0);
  return {
    price: priceText(token === 0 ? price : ONE - price),
    side: isBid ? ("BUY" as const) : ("SELL" as const),
  };
}

/**
 * The changes of one group, one element each, for both tokens, `first` first. The book has all
 * of them already: they share its hashes and its best prices.
 */
export function priceChanges(
  state: MarketState,
  changes: readonly BookChange[],
  options: { readonly first: TokenIndex; readonly recipe: RecipeName; readonly stampMs: number },
): WirePriceChange[] {
  const { first, recipe, stampMs } = options;
  const order: readonly TokenIndex[] = first === 0 ? [0, 1] : [1, 0];
  const ends = order.map((token) => {
    const { bestBid, bestAsk } = state.book.of(token);
    const { asset_id, hash } = bookSummary(state, token, recipe, stampMs);
    return { token, asset_id, hash, best_bid: priceText(bestBid), best_ask: priceText(bestAsk) };
  });
  return changes.map((change) => ({
    market: state.identity.market,
    price_changes: ends.map(
      ({ token, asset_id, hash, best_bid, best_ask }): WirePriceChangeEntry => {
        const { price, side } = mirrored(change, token);
        return { asset_id, price, size: sizeText(change.size), side, hash, best_bid, best_ask };
      },
    ),
    timestamp: String(stampMs),
    event_type: "price_change",
  }));
}

export function lastTradePrice(
  state: MarketState,
  trade: Trade,
  stampMs: number,
): WireLastTradePrice {
  return {
    market: state.identity.market,
    asset_id: state.identity.tokens[trade.token].tokenId,
    price: priceText(trade.price),
    size: tradeSizeText(trade.size),
    fee_rate_bps: "0",
    side: trade.side,
    timestamp: String(stampMs),
    event_type: "last_trade_price",
    transaction_hash: trade.transactionHash,
  };
}

/** Ticks in ten-thousandths. */
export function tickSizeChange(
  state: MarketState,
  token: TokenIndex,
  change: { readonly from: number; readonly to: number; readonly stampMs: number },
): WireTickSizeChange {
  return {
    market: state.identity.market,
    asset_id: state.identity.tokens[token].tokenId,
    old_tick_size: priceText(change.from),
    new_tick_size: priceText(change.to),
    timestamp: String(change.stampMs),
    event_type: "tick_size_change",
  };
}

export function bestBidAsk(
  state: MarketState,
  token: TokenIndex,
  best: BestPrices,
  stampMs: number,
): WireBestBidAsk {
  const bid = token === 0 ? best.bid : ONE - best.ask;
  const ask = token === 0 ? best.ask : ONE - best.bid;
  const isWhole = bid > 0 && ask < ONE;
  return {
    market: state.identity.market,
    asset_id: state.identity.tokens[token].tokenId,
    best_bid: bid > 0 ? priceText(bid) : "",
    best_ask: ask < ONE ? priceText(ask) : "",
    spread: isWhole ? priceText(ask - bid) : "",
    timestamp: String(stampMs),
    event_type: "best_bid_ask",
  };
}

function eventMessage({ id, slug, title, description }: EventIdentity) {
  return { id, ticker: slug, slug, title, description };
}

/** `tickSize` in ten-thousandths. */
export function newMarket(
  identity: MarketIdentity,
  tickSize: number,
  stampMs: number,
): WireNewMarket {
  const { event } = identity;
  const tokenIds = identity.tokens.map(({ tokenId }) => tokenId);
  return {
    id: identity.id,
    question: identity.question,
    market: identity.market,
    slug: identity.slug,
    description: identity.description,
    assets_ids: tokenIds,
    outcomes: identity.tokens.map(({ outcome }) => outcome),
    event_message: eventMessage(event),
    timestamp: String(stampMs),
    event_type: "new_market",
    // The venue labels the markets of a series later.
    tags: event.series === undefined ? event.tags.map(({ label }) => label) : [],
    condition_id: identity.market,
    active: false,
    clob_token_ids: tokenIds,
    sports_market_type: identity.gameStartTime === "" ? "" : "moneyline",
    line: "",
    game_start_time: identity.gameStartTime,
    order_price_min_tick_size: priceText(tickSize),
    group_item_title: identity.groupItemTitle,
    taker_base_fee: String(FEES.baseBps),
    fees_enabled: true,
    fee_schedule: {
      exponent: String(FEES.exponent),
      rate: String(FEES.rate),
      taker_only: FEES.takerOnly,
      rebate_rate: String(FEES.rebateRate),
    },
  };
}

export function marketResolved(
  state: MarketState,
  winner: TokenIndex,
  stampMs: number,
): WireMarketResolved {
  const { identity } = state;
  return {
    id: identity.id,
    market: identity.market,
    assets_ids: identity.tokens.map(({ tokenId }) => tokenId),
    winning_asset_id: identity.tokens[winner].tokenId,
    winning_outcome: identity.tokens[winner].outcome,
    event_message: null,
    timestamp: String(stampMs),
    event_type: "market_resolved",
    tags: identity.event.tags.map(({ label }) => label),
  };
}
