import type { Level, LevelList } from "./level.ts";
import type { Place, UpdateType, Verdict } from "./market-event.ts";
import type { Shape } from "./shape.ts";

/**
 * A block is a chunk of updates that needs no other: it starts with a keyframe, the book before
 * its first update. docs/FORMAT.md, "Blocks".
 */

/** The book at a block's start, with the values that the venue's hash also covers. */
export interface Keyframe {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** `null` while unknown. */
  readonly tickSize: string | null;
  readonly lastTradePrice: string | null;
}

/** A slot's value as stored: its text, or the levels of a book's side. */
export type StoredValue = string | LevelList;

export interface BlockRow {
  readonly type: UpdateType;
  readonly verdict: Verdict;
  /** Receive time, whole microseconds since the epoch; all updates of a message share it. */
  readonly receivedUs: number;
  /** Number of the socket in its recorder; 0 for what no socket brought. */
  readonly socket: number;
  readonly place: Place;
  readonly shape: Shape;
  /** One for each slot of the shape. */
  readonly values: readonly StoredValue[];
}

/** What `market`, `asset_id` and `event_type` are unless a row says otherwise. */
export interface Implied {
  readonly market: string;
  readonly tokenId: string;
}

/** The value that costs nothing under an `implied` key. */
export function impliedValue(key: string, type: UpdateType, implied: Implied): string {
  if (key === "event_type") return type;
  return key === "market" ? implied.market : implied.tokenId;
}

/**
 * What a block keeps of what its rows imply: with another file's head in place of its own, values
 * would be wrong without a sign.
 */
export function impliedCrc({ market, tokenId }: Implied): number {
  return Bun.hash.crc32(`${market}\u0000${tokenId}`);
}

/** Columns with one number a row, in the order in which they are stored. */
export const ROW_COLUMNS = [
  "type",
  "verdict",
  "shape",
  "received",
  "socket",
  "element",
  "elements",
  "entry",
  "entries",
  "newline",
] as const;

/** Latest receive time: its double still fits a zigzag varint. In the year 2112. */
export const RECEIVED_US_MAX = 2 ** 52;

/** Streams of the levels of keyframe and books; no wire key can have these names. */
export const LEVEL_PRICE = "\u0000price";
export const LEVEL_SIZE = "\u0000size";

/** How a column is stored; `constant` has its one value in the head and no bytes. */
export const COLUMN_CODEC = { none: 0, zstd: 1, constant: 2 } as const;
