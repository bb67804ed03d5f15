import { decimalReader } from "./columns/decimal-column.ts";
import { HASH_FORM, hexReader, hexWriter, TRANSACTION_FORM } from "./columns/hex-column.ts";
import { textReader, textWriter } from "./columns/text-column.ts";
import { timeReader } from "./columns/time-column.ts";
import type { Unpacking } from "./columns/unpacking.ts";
import type { ValueReader, ValueWriter } from "./columns/value-column.ts";

/**
 * A stream holds all values of one key in a block, in the order in which rows use them. Each
 * kind stores the texts it knows in a compact form that spells back exactly; any other text is
 * *odd* and stands beside the column with its position. docs/FORMAT.md, "Streams".
 */
export const STREAM_KINDS = [
  "implied",
  "time",
  "decimal",
  "hash",
  "transaction",
  "text",
  "levels",
] as const;

export type StreamKind = (typeof STREAM_KINDS)[number];

const KIND_OF_KEY: ReadonlyMap<string, StreamKind> = new Map([
  ["market", "implied"],
  ["asset_id", "implied"],
  ["event_type", "implied"],
  ["timestamp", "time"],
  ["price", "decimal"],
  ["size", "decimal"],
  ["best_bid", "decimal"],
  ["best_ask", "decimal"],
  ["spread", "decimal"],
  ["tick_size", "decimal"],
  ["old_tick_size", "decimal"],
  ["new_tick_size", "decimal"],
  ["last_trade_price", "decimal"],
  ["hash", "hash"],
  ["transaction_hash", "transaction"],
  ["bids", "levels"],
  ["asks", "levels"],
] as const);

export function streamKind(key: string): StreamKind {
  return KIND_OF_KEY.get(key) ?? "text";
}

/** Whether a key's values need not be stored where they follow from the book. */
export function isDerivable(key: string): boolean {
  return key === "hash" || key === "best_bid" || key === "best_ask";
}

/** Kinds whose values are texts in columns; `implied` and `levels` are the block's own. */
export type ColumnKind = Exclude<StreamKind, "implied" | "levels">;

export function columnWriter(kind: Exclude<ColumnKind, "time" | "decimal">): ValueWriter {
  switch (kind) {
    case "hash":
      return hexWriter(HASH_FORM);
    case "transaction":
      return hexWriter(TRANSACTION_FORM);
    case "text":
      return textWriter();
  }
}

export function columnReader(kind: ColumnKind, unpacking: Unpacking, count: number): ValueReader {
  switch (kind) {
    case "time":
      return timeReader(unpacking, count);
    case "decimal":
      return decimalReader(unpacking, count);
    case "hash":
      return hexReader(unpacking, count, HASH_FORM);
    case "transaction":
      return hexReader(unpacking, count, TRANSACTION_FORM);
    case "text":
      return textReader(unpacking, count);
  }
}
