import type { WireLevel, WireSide } from "../../polymarket/messages.ts";
import type { EventIdentity } from "../market/event-identity.ts";
import type { MarketIdentity, TokenIdentity } from "../market/market-identity.ts";
import type { TokenIndex } from "../market/mirrored-book.ts";
import type { MarketPhase } from "../market/simulated-market.ts";

/** What REST tells of, as it is now: a simulation or a recording. Prices are ten-thousandths. */
export interface ListedVenue {
  /** In the order in which they came. */
  readonly events: readonly EventView[];
  readonly markets: readonly MarketView[];
  /** How far the venue's clock was set. */
  readonly clockStepMs: number;
  /** A token that has a book. */
  find(tokenId: string): TokenView | undefined;
  /** A listed market by its condition id. */
  findMarket(conditionId: string): MarketView | undefined;
}

export interface EventView {
  readonly identity: EventIdentity;
  readonly markets: readonly MarketView[];
}

/** A market and which of its tokens an id names. */
export interface TokenView {
  readonly market: MarketView;
  readonly token: TokenIndex;
}

export interface MarketView {
  readonly identity: Omit<MarketIdentity, "tokens"> & { readonly tokens: readonly TokenIdentity[] };
  readonly phase: MarketPhase;
  readonly winner: TokenIndex | undefined;
  /** Epoch milliseconds. */
  readonly settledMs: number | undefined;
  /** Gamma lists it as closed. */
  readonly isListedClosed: boolean;
  readonly tickSize: number;
  readonly lastTrade: { readonly price: number; readonly side: WireSide } | undefined;
  /** Of the market, whichever token was traded; `undefined` before any trade. */
  readonly lastTradePrice: number | undefined;
  /** Epoch milliseconds. */
  readonly lastChangeMs: number;
  /** What YES is worth where the book does not say it. */
  readonly fair: { readonly price: number };
  /** As YES sees it. */
  readonly book: BestView & { of(token: TokenIndex): BestView & LevelsView };
  /** A token's book with its hash as REST gives it, in a copy that lies so far behind. */
  restBook(token: TokenIndex, staleMs: number): object;
}

/** 0 and a dollar where a side is empty. */
export interface BestView {
  readonly bestBid: number;
  readonly bestAsk: number;
}

interface LevelsView {
  /** Prices ascending. */
  readonly bids: readonly WireLevel[];
  /** Prices descending. */
  readonly asks: readonly WireLevel[];
}
