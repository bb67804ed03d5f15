import { ByteReader, ByteWriter } from "./bytes.ts";
import { damaged } from "./damaged.ts";
import { MILLIONTHS_MAX, millionthsOf, textOfMillionths } from "./decimal.ts";
import { decodeUtf8 } from "./packed-value.ts";

/**
 * A stream holds all values of one key in a block, in the order in which rows use them. Each
 * kind stores the texts it knows in a compact form that spells back exactly; any other text is
 * *odd* and stands beside the column with its position. docs/FORMAT.md, "Streams".
 */

/** The position is the kind's code in a block. Only ever appended to. */
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

/** A text that its stream's kind does not know, and its position in the stream. */
export type Odd = readonly [position: number, text: string | Uint8Array];

/** One value column: `add` says whether the kind knows the text. */
export interface ColumnWriter {
  add(text: string): boolean;
  /** Of all its columns so far. */
  readonly bytes: number;
  columns(): Uint8Array[];
}

/** Values come back in order. */
export interface ColumnReader {
  next(): string;
  /** Throws unless every byte was used. */
  finish(): void;
}

/** Kinds whose values are texts; `implied` and `levels` are the block's own. */
export type ColumnKind = Exclude<StreamKind, "implied" | "levels">;

export const COLUMNS_OF_KIND: Readonly<Record<StreamKind, number>> = {
  implied: 0,
  time: 1,
  decimal: 1,
  hash: 1,
  transaction: 1,
  text: 2,
  levels: 1,
};

export function columnWriter(kind: ColumnKind): ColumnWriter {
  if (kind === "text") return textWriter();
  if (kind === "hash") return hexWriter("", HASH_BYTES);
  if (kind === "transaction") return hexWriter(TRANSACTION_PREFIX, TRANSACTION_BYTES);
  return deltaWriter(kind === "time" ? timeOf : millionthsOf);
}

export function columnReader(kind: ColumnKind, columns: readonly Uint8Array[]): ColumnReader {
  if (kind === "text") return textReader(columns[0]!, columns[1]!);
  if (kind === "hash") return hexReader(columns[0]!, "", HASH_BYTES);
  if (kind === "transaction") {
    return hexReader(columns[0]!, TRANSACTION_PREFIX, TRANSACTION_BYTES);
  }
  return deltaReader(columns[0]!, kind === "time" ? String : textOfMillionths);
}

/** SHA-1, as the venue stamps books. */
export const HASH_BYTES = 20;
const TRANSACTION_BYTES = 32;
const TRANSACTION_PREFIX = "0x";

/** A whole number without leading zeros, or -1. */
function timeOf(text: string): number {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) return -1;
  const value = Number(text);
  return value <= MILLIONTHS_MAX ? value : -1;
}

/** Zigzag differences to the value before, the first to 0. */
function deltaWriter(parse: (text: string) => number): ColumnWriter {
  const bytes = new ByteWriter();
  let last = 0;
  return {
    add(text) {
      const value = parse(text);
      if (value < 0) return false;
      bytes.zigzag(value - last);
      last = value;
      return true;
    },
    get bytes() {
      return bytes.length;
    },
    columns: () => [bytes.view()],
  };
}

function deltaReader(column: Uint8Array, spell: (value: number) => string): ColumnReader {
  const bytes = new ByteReader(column);
  let last = 0;
  return {
    next() {
      last += bytes.zigzag();
      if (last < 0 || last > MILLIONTHS_MAX) throw damaged("a number is out of range");
      return spell(last);
    },
    finish: () => bytes.finish(),
  };
}

function hexWriter(prefix: string, byteLength: number): ColumnWriter {
  const bytes = new ByteWriter();
  const known = new RegExp(`^${prefix}[0-9a-f]{${byteLength * 2}}$`);
  return {
    add(text) {
      if (!known.test(text)) return false;
      bytes.append(Uint8Array.fromHex(text.slice(prefix.length)));
      return true;
    },
    get bytes() {
      return bytes.length;
    },
    columns: () => [bytes.view()],
  };
}

function hexReader(column: Uint8Array, prefix: string, byteLength: number): ColumnReader {
  const bytes = new ByteReader(column);
  return {
    next: () => prefix + bytes.take(byteLength).toHex(),
    finish: () => bytes.finish(),
  };
}

/** Each distinct text once, length before it; values are positions in that list. */
function textWriter(): ColumnWriter {
  const positions = new ByteWriter();
  const texts = new ByteWriter();
  const known = new Map<string, number>();
  const utf8 = new TextEncoder();
  return {
    add(text) {
      let position = known.get(text);
      if (position === undefined) {
        position = known.size;
        known.set(text, position);
        const encoded = utf8.encode(text);
        texts.varint(encoded.length);
        texts.append(encoded);
      }
      positions.varint(position);
      return true;
    },
    get bytes() {
      return positions.length + texts.length;
    },
    columns: () => [positions.view(), texts.view()],
  };
}

function textReader(positionColumn: Uint8Array, textColumn: Uint8Array): ColumnReader {
  const positions = new ByteReader(positionColumn);
  const texts = new ByteReader(textColumn);
  const known: string[] = [];
  return {
    next() {
      const position = positions.varint();
      if (position > known.length) throw damaged("a text is missing from its list");
      if (position === known.length) {
        known.push(decodeUtf8(texts.take(texts.varint())));
      }
      return known[position]!;
    },
    finish() {
      positions.finish();
      texts.finish();
    },
  };
}
