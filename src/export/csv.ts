import { levelsText, parseLevels } from "../format/level.ts";
import { fieldText, type UpdateType } from "../format/market-event.ts";
import type { Update } from "../read/update.ts";

/** Fields of the wire that have a column of their own. */
const FIELDS = [
  "timestamp",
  "side",
  "price",
  "size",
  "best_bid",
  "best_ask",
  "hash",
  "tick_size",
  "last_trade_price",
  "old_tick_size",
  "new_tick_size",
  "spread",
  "fee_rate_bps",
  "transaction_hash",
] as const;

const CSV_COLUMNS = [
  "token_id",
  "session_id",
  "sequence_number",
  "received_us",
  "update_type",
  "verdict",
  ...FIELDS,
  "data",
] as const;

/** Types whose fields all have columns. */
const FLAT_TYPES: ReadonlySet<UpdateType> = new Set<UpdateType>([
  "price_change",
  "last_trade_price",
  "tick_size_change",
  "best_bid_ask",
]);

export const csvHeader = CSV_COLUMNS.join(",");

/**
 * The rows of an update (RFC 4180, without line ends): one for each level of a book, with its
 * side, and one for anything else. What has no columns comes as JSON under `data`.
 */
export function csvRows(update: Update): string[] {
  const { event, update_type } = update;
  const lead = [
    update.token_id,
    update.session_id,
    update.sequence_number,
    update.received_us,
    update_type,
    update.verdict,
  ];
  const fields = FIELDS.map((key) => fieldText(event, key) ?? "");
  const row = (values: readonly string[], data = "") =>
    [...lead, ...values, data].map(cell).join(",");
  if (update_type === "book") {
    const rows = (
      [
        ["bids", "BUY"],
        ["asks", "SELL"],
      ] as const
    ).flatMap(([key, side]) => {
      const levels = parseLevels(fieldText(event, key) ?? "[]") ?? [];
      return levels.map(([price, size]) => {
        const level: Readonly<Record<string, string>> = { side, price, size };
        return row(FIELDS.map((field, i) => level[field] ?? fields[i]!));
      });
    });
    // An empty book is a fact too.
    return rows.length > 0 ? rows : [row(fields, levelsText([]))];
  }
  return [row(fields, FLAT_TYPES.has(update_type) ? "" : update.dataText())];
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
