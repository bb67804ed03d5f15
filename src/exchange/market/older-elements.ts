import type { WireBook } from "../../polymarket/messages.ts";
import { bookSummary, type MarketState, type RecipeName } from "./book-summary.ts";
import { sizeText } from "./decimal-text.ts";
import {
  lastTradePrice,
  laterBook,
  mirrored,
  type Trade,
  tickSizeChange,
} from "./market-elements.ts";
import type { TokenIndex } from "./mirrored-book.ts";
import type { BookChange } from "./participant.ts";

/**
 * Elements in the forms of 2024 and early 2025 (docs/PROTOCOL.md, "Events"), for the recipes of
 * those years. A price change was about one token then.
 */

interface OlderChange {
  price: string;
  side: string;
  size: string;
}

export interface OlderPriceChange {
  asset_id: string;
  /** Absent in the oldest form, which has the fields of its one change itself. */
  changes?: OlderChange[];
  event_type: "price_change";
  hash: string;
  market: string;
  price?: string;
  side?: string;
  size?: string;
  timestamp: string;
}

function changeOf(change: BookChange, token: TokenIndex): OlderChange {
  const { price, side } = mirrored(change, token);
  return { price, side, size: sizeText(change.size) };
}

/**
 * One token's changes of a group. The wire's time is later than the hashed one, which is not
 * sent (docs/PROTOCOL.md, "The hash").
 */
export function olderPriceChanges(
  state: MarketState,
  changes: readonly BookChange[],
  token: TokenIndex,
  options: {
    readonly recipe: RecipeName;
    readonly hashedMs: number;
    readonly wireMs: number;
  },
): OlderPriceChange[] {
  const { recipe, hashedMs, wireMs } = options;
  const { market, asset_id, hash } = bookSummary(state, token, recipe, hashedMs);
  const timestamp = String(wireMs);
  const event_type = "price_change";
  const all = changes.map((change) => changeOf(change, token));
  if (recipe === "6") return [{ asset_id, changes: all, event_type, hash, market, timestamp }];
  return all.map(({ price, side, size }) => {
    return { asset_id, event_type, hash, market, price, side, size, timestamp };
  });
}

export type OlderElement =
  | OlderPriceChange
  | ReturnType<typeof olderLastTradePrice>
  | ReturnType<typeof olderTickSizeChange>;

/** The `book` after a trade: like every event of those years its keys are alphabetical. */
export function olderLaterBook(
  state: MarketState,
  token: TokenIndex,
  recipe: RecipeName,
): WireBook {
  const { asks, asset_id, bids, event_type, hash, market, timestamp } = laterBook(
    state,
    token,
    recipe,
  );
  return { asks, asset_id, bids, event_type, hash, market, timestamp };
}

/** Without the transaction, which came in November 2025. */
export function olderLastTradePrice(state: MarketState, trade: Trade, stampMs: number) {
  const { market, asset_id, price, size, fee_rate_bps, side, timestamp, event_type } =
    lastTradePrice(state, trade, stampMs);
  return { asset_id, event_type, fee_rate_bps, market, price, side, size, timestamp };
}

export function olderTickSizeChange(
  state: MarketState,
  token: TokenIndex,
  change: { readonly from: number; readonly to: number; readonly stampMs: number },
) {
  const { market, asset_id, old_tick_size, new_tick_size, timestamp, event_type } = tickSizeChange(
    state,
    token,
    change,
  );
  return { asset_id, event_type, market, new_tick_size, old_tick_size, timestamp };
}
