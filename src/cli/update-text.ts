import { type Names, NO_NAMES } from "../format/metadata.ts";
import type { Update } from "../read/update.ts";
import { timeText, tokenText } from "./format.ts";

/** An update as one line of JSON; `data` spells every value as the wire did. */
export function updateLine(update: Update): string {
  const { element, elements, entry, entries, newline } = update.place;
  const lead = JSON.stringify({
    version: update.version,
    token_id: update.token_id,
    timestamp_utc: update.timestamp_utc,
    received_us: update.received_us,
    sequence_number: update.sequence_number,
    update_type: update.update_type,
  });
  const trail = JSON.stringify({
    session_id: update.session_id,
    verdict: update.verdict,
    socket: update.socket,
    place: { element, elements, entry, entries, newline },
  });
  return `${lead.slice(0, -1)},"data":${update.dataText()},${trail.slice(1)}`;
}

const TYPE_WIDTH = 16;

/** Above the lines for people, whose tokens take the room that their names need. */
export const updateTextHeader = `${"TIME (UTC)".padEnd(23)}  TOKEN  ${"TYPE".padEnd(TYPE_WIDTH)}  DETAILS`;

/** An update as a line for people. */
export function updateText(
  update: Update,
  names: Pick<Names, "slug" | "outcome"> = NO_NAMES,
): string {
  const token = tokenText(update.token_id, names);
  const time = timeText(update.timestamp_utc);
  return `${time}  ${token}  ${update.update_type.padEnd(TYPE_WIDTH)}  ${describe(update)}`;
}

function describe(update: Update): string {
  const field = (key: string) => update.text(key) ?? "";
  switch (update.update_type) {
    case "book": {
      const { bids, asks } = update.levels() ?? { bids: [], asks: [] };
      const best = `${bids.at(-1)?.[0] ?? "-"}/${asks.at(-1)?.[0] ?? "-"}`;
      return `${bids.length} bids, ${asks.length} asks, best ${best}`;
    }
    case "price_change":
      return `${field("side")} ${field("price")} -> ${field("size")}, best ${field("best_bid")}/${field("best_ask")}`;
    case "last_trade_price":
      return `${field("side")} ${field("size")} at ${field("price")}`;
    case "tick_size_change":
      return `${field("old_tick_size")} -> ${field("new_tick_size")}`;
    case "best_bid_ask":
      return `${field("best_bid")}/${field("best_ask")}`;
    default:
      return update.dataText();
  }
}
