import type { UpdateType } from "./market-event.ts";

/**
 * The usual shapes of docs/PROTOCOL.md, "Events", and of the recorder's own notes. Blocks name
 * them by their position here instead of spelling them; each has the type that its updates
 * usually are of. Only ever appended to, with a new version of the format.
 */
export interface KnownShape {
  readonly type: UpdateType;
  readonly text: string;
}

/** A key whose value is no string. */
const BARE = "#";

/** The shape of an object with these keys, without white space or with a space after commas. */
function objectShape(keys: string, comma = ","): string {
  const fields = keys.split(" ").map((key) => {
    if (key === "price_changes" || key === "changes") return `"${key}":[\u0001]`;
    return key.endsWith(BARE) ? `"${key.slice(0, -1)}":\u0000` : `"${key}":"\u0000"`;
  });
  return `{${fields.join(comma)}}`;
}

function known(type: UpdateType, keys: string): KnownShape {
  return { type, text: objectShape(keys) };
}

/** Of a change that is an entry. */
function knownChange(element: string, entry: string, comma = ","): KnownShape {
  const text = `${objectShape(element, comma)}\u0002${objectShape(entry, comma)}`;
  return { type: "price_change", text };
}

const CHANGES = "market price_changes timestamp event_type";
const CHANGE = "asset_id price size side hash best_bid best_ask";

export const KNOWN_SHAPES: readonly KnownShape[] = [
  { type: "raw", text: "\u0000" },
  knownChange(CHANGES, CHANGE),
  known("book", "market asset_id timestamp hash bids# asks# tick_size event_type last_trade_price"),
  known("book", "market asset_id bids# asks# hash timestamp event_type"),
  known(
    "last_trade_price",
    "market asset_id price size fee_rate_bps side timestamp event_type transaction_hash",
  ),
  known("best_bid_ask", "market asset_id best_bid best_ask spread timestamp event_type"),
  known("tick_size_change", "market asset_id old_tick_size new_tick_size timestamp event_type"),
  known(
    "market_resolved",
    "id market assets_ids# winning_asset_id winning_outcome event_message# timestamp event_type tags#",
  ),
  known(
    "new_market",
    "id question market slug description assets_ids# outcomes# event_message# timestamp event_type tags# condition_id active# clob_token_ids# sports_market_type line game_start_time order_price_min_tick_size group_item_title taker_base_fee fees_enabled# fee_schedule#",
  ),
  known(
    "new_market",
    "id question market slug description assets_ids# outcomes# event_message# timestamp event_type tags# condition_id active# clob_token_ids# order_price_min_tick_size fees_enabled# fee_schedule#",
  ),
  // A space after commas: May 2026, a message's later entries have one before them too.
  knownChange(CHANGES, CHANGE, ", "),
  {
    type: "price_change",
    text: `${objectShape(CHANGES, ", ")}\u0002 ${objectShape(CHANGE, ", ")}`,
  },
  // Until November 2025, without the transaction.
  known("last_trade_price", "market asset_id price size fee_rate_bps side timestamp event_type"),
  // Until September 2025: one token an element, keys in alphabetical order.
  knownChange("asset_id changes event_type hash market timestamp", "price side size"),
  known("price_change", "asset_id event_type hash market price side size timestamp"),
  known("book", "market asset_id timestamp hash bids# asks# event_type"),
  known("book", "asks# asset_id bids# event_type hash market timestamp"),
  known("last_trade_price", "asset_id event_type fee_rate_bps market price side size timestamp"),
  known("tick_size_change", "asset_id event_type market new_tick_size old_tick_size timestamp"),
  // The recorder's notes.
  known("note", "kind cause from_us# to_us# updates#"),
  known("note", "kind question slug outcome end_date event"),
];

const numbers = new Map(KNOWN_SHAPES.map(({ text }, number) => [text, number]));

/** The number of a known shape. */
export function knownNumberOf(text: string): number | undefined {
  return numbers.get(text);
}

/** The type that updates of a known shape usually are of. */
export function knownTypeOf(text: string): UpdateType | undefined {
  const number = numbers.get(text);
  return number === undefined ? undefined : KNOWN_SHAPES[number]?.type;
}
