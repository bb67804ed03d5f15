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

export const csvHeader = CSV_COLUMNS.join(",");

/** What needs no column: the session implies it, or it becomes rows. */
const WITHOUT_COLUMN: ReadonlySet<string> = new Set(["market", "asset_id", "event_type"]);
const HAS_COLUMN: ReadonlySet<string> = new Set([...FIELDS, ...WITHOUT_COLUMN]);

/**
 * The rows of an update (RFC 4180, without line ends): one for each level of a book, with its
 * side, and one for anything else. An update with a field that has no column comes as JSON under
 * `data` too, in its first row.
 */
export function csvRows(update: Update): string[] {
  const lead = [
    update.token_id,
    update.session_id,
    update.sequence_number,
    update.received_us,
    update.update_type,
    update.verdict,
  ];
  const levels = levelCells(update);
  const known = (key: string) =>
    HAS_COLUMN.has(key) || (levels !== undefined && (key === "bids" || key === "asks"));
  const data = update.keys.every(known) ? "" : update.dataText();
  const fields = FIELDS.map((key) => update.string(key) ?? numberText(update, key));
  const rows = (levels ?? []).map((level) => FIELDS.map((key, i) => level[key] ?? fields[i]!));
  // An empty book is a fact too.
  if (rows.length === 0) rows.push(fields);
  return rows.map((row, i) => [...lead, ...row, i === 0 ? data : ""].map(cell).join(","));
}

type LevelCells = Readonly<Partial<Record<(typeof FIELDS)[number], string>>>;

/** The levels of both sides of a book as cells. */
function levelCells(update: Update): LevelCells[] | undefined {
  const levels = update.levels();
  return (
    levels && [
      ...levels.bids.map(([price, size]) => ({ side: "BUY", price, size })),
      ...levels.asks.map(([price, size]) => ({ side: "SELL", price, size })),
    ]
  );
}

/** A field that is a JSON number, as it is spelled; `null` and the like are empty cells. */
function numberText(update: Update, key: string): string {
  const text = update.text(key) ?? "";
  return /^[-0-9]/.test(text) ? text : "";
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
