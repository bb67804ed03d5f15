/**
 * The market channel's messages as the venue writes them, current form (docs/PROTOCOL.md,
 * "Events"). Decimals, times and ids are strings; older forms exist only in the decoder.
 */

export interface WireLevel {
  price: string;
  size: string;
}

export interface WireBook {
  market: string;
  asset_id: string;
  /** Epoch milliseconds of the book's last change. */
  timestamp: string;
  hash: string;
  /** Ascending: the best bid is the last element. */
  bids: WireLevel[];
  /** Descending: the best ask is the last element. */
  asks: WireLevel[];
  /** Only in the opening form. */
  tick_size?: string;
  event_type: "book";
  /** Only in the opening form; `""` before the first trade. */
  last_trade_price?: string;
}

export type WireSide = "BUY" | "SELL";

export interface WirePriceChangeEntry {
  asset_id: string;
  price: string;
  /** The new absolute size at `price`; `"0"` removes the level. */
  size: string;
  /** BUY changes the bids, SELL the asks. */
  side: WireSide;
  hash: string;
  best_bid: string;
  best_ask: string;
}

export interface WirePriceChange {
  market: string;
  price_changes: WirePriceChangeEntry[];
  timestamp: string;
  event_type: "price_change";
}

export interface WireLastTradePrice {
  market: string;
  asset_id: string;
  price: string;
  size: string;
  fee_rate_bps: string;
  side: WireSide;
  timestamp: string;
  event_type: "last_trade_price";
  /** Since about November 2025. */
  transaction_hash?: string;
}

export interface WireTickSizeChange {
  market: string;
  asset_id: string;
  old_tick_size: string;
  new_tick_size: string;
  timestamp: string;
  event_type: "tick_size_change";
}

export interface WireBestBidAsk {
  market: string;
  asset_id: string;
  best_bid: string;
  best_ask: string;
  spread: string;
  timestamp: string;
  event_type: "best_bid_ask";
}

export interface WireMarketResolved {
  id: string;
  market: string;
  assets_ids: string[];
  winning_asset_id: string;
  winning_outcome: string;
  event_message: null;
  timestamp: string;
  event_type: "market_resolved";
  tags: string[];
}

/** What an event is called in messages about its markets. */
export interface WireEventMessage {
  id: string;
  ticker: string;
  slug: string;
  title: string;
  description: string;
}

export interface WireNewMarket {
  id: string;
  question: string;
  market: string;
  slug: string;
  description: string;
  assets_ids: string[];
  outcomes: string[];
  event_message: WireEventMessage | null;
  timestamp: string;
  event_type: "new_market";
  tags: string[];
  condition_id: string;
  active: boolean;
  clob_token_ids: string[];
  sports_market_type: string;
  line: string;
  /** `""`, or like `2030-01-02 03:04:05+00`. */
  game_start_time: string;
  order_price_min_tick_size: string;
  group_item_title: string;
  taker_base_fee: string;
  fees_enabled: boolean;
  fee_schedule: { exponent: string; rate: string; taker_only: boolean; rebate_rate: string };
}

export type WireElement =
  | WireBook
  | WirePriceChange
  | WireLastTradePrice
  | WireTickSizeChange
  | WireBestBidAsk
  | WireNewMarket
  | WireMarketResolved;

/** The first text a client sends on a socket. */
export interface Subscription {
  assets_ids: string[];
  type: "market";
  custom_feature_enabled?: boolean;
  initial_dump?: boolean;
}

/** Every later subscription on the same socket. */
export interface SubscriptionChange {
  operation: "subscribe" | "unsubscribe";
  assets_ids: string[];
  custom_feature_enabled?: boolean;
}

export const PING = "PING";
export const PONG = "PONG";
export const INVALID_OPERATION = "INVALID OPERATION";
