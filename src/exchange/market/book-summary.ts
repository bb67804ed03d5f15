import type { WireLevel } from "../../polymarket/messages.ts";
import { priceText, tradePriceText } from "./decimal-text.ts";
import type { MarketIdentity } from "./market-identity.ts";
import type { MirroredBook, TokenIndex } from "./mirrored-book.ts";

/** Everything about a market that its messages and REST answers are written from. */
export interface MarketState {
  readonly identity: MarketIdentity;
  readonly book: MirroredBook;
  /** Ten-thousandths. */
  readonly tickSize: number;
  /** Ten-thousandths, at the price of the token that was traded; `undefined` before any trade. */
  readonly lastTradePrice: number | undefined;
  /** Epoch milliseconds, as the venue's clock has it. */
  readonly lastChangeMs: number;
}

/**
 * What the venue hashes, by the number of its fields (docs/PROTOCOL.md, "The hash"). `next` is
 * invented: the change of recipe that will come some day, which no recorder can know.
 */
export const RECIPE_NAMES = ["5", "6", "9", "10", "next"] as const;
export type RecipeName = (typeof RECIPE_NAMES)[number];

/** True for the recipes whose time had messages of other forms. */
export function isOlder(recipe: RecipeName): boolean {
  return recipe === "5" || recipe === "6";
}

/** The book as REST gives it and as the venue hashes it: what fields it has depends on the recipe. */
export interface BookSummary {
  market: string;
  asset_id: string;
  timestamp?: string;
  hash: string;
  bids: readonly WireLevel[];
  asks: readonly WireLevel[];
  min_order_size?: string;
  tick_size?: string;
  neg_risk?: boolean;
  last_trade_price?: string;
  level_count?: number;
}

/**
 * A token's book with its hash. The hash is the SHA-1 of the very object that is returned, in
 * this key order and with an empty `hash`: written down a second time on purpose, so that a
 * mistake in the recorder's own recipes cannot cancel out. `hashedMs` is the time that is hashed,
 * by default that of the last change.
 */
export function bookSummary(
  state: MarketState,
  token: TokenIndex,
  recipe: RecipeName,
  hashedMs = state.lastChangeMs,
): BookSummary {
  const { bids, asks, bidList, askList } = state.book.of(token);
  const { market, tokens, minOrderSize, event } = state.identity;
  const fields = FIELDS[recipe];
  const summary: BookSummary = {
    market,
    asset_id: tokens[token].tokenId,
    ...(fields >= FIELDS["6"] && { timestamp: String(hashedMs) }),
    hash: "",
    bids,
    asks,
    ...(fields >= FIELDS["9"] && {
      min_order_size: minOrderSize,
      tick_size: priceText(state.tickSize),
      neg_risk: event.negRisk,
    }),
    ...(fields >= FIELDS["10"] && {
      last_trade_price:
        state.lastTradePrice === undefined ? "" : tradePriceText(state.lastTradePrice),
    }),
    ...(fields >= FIELDS.next && { level_count: bids.length + asks.length }),
  };
  summary.hash = Bun.SHA1.hash(hashedText(summary, bidList.json, askList.json), "hex");
  return summary;
}

/**
 * The summary by `JSON.stringify`, as it is. Only the levels were stringified before, each when
 * it changed: a book is hashed twice for each change.
 */
function hashedText(summary: BookSummary, bidsJson: string, asksJson: string): string {
  const [head, tail] = JSON.stringify({ ...summary, bids: 0, asks: 0 }).split(LEVELS_LEFT_OUT);
  return `${head}"bids":${bidsJson},"asks":${asksJson}${tail}`;
}

const LEVELS_LEFT_OUT = '"bids":0,"asks":0';

const FIELDS: Readonly<Record<RecipeName, number>> = { "5": 5, "6": 6, "9": 9, "10": 10, next: 11 };
