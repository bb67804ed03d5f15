import type { Level, LevelList } from "./level.ts";
import type { Place, UpdateType, Verdict } from "./market-event.ts";
import type { PlainChange } from "./plain-change.ts";
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

/** In place of a hash or best price that follows from the book at the end of its row's group. */
export const DERIVED = null;

/** A slot's value as stored: its text, or the levels of a book's side. */
export type StoredValue = string | LevelList | typeof DERIVED;

/** What a block's derived hashes cover beside books and changing values: all have the same. */
export interface BlockRecipe {
  /** The number of its fields, see `Recipe`. */
  readonly name: string;
  readonly minOrderSize: string;
  readonly negRisk: boolean;
}

/** Values that hashes cover from the book after a row on; `""` while unknown. */
export interface HashedValues {
  readonly tickSize: string;
  readonly lastTradePrice: string;
}

/** What makes the hash of a group from the book after its last row: it need not be stored. */
export interface Derivation extends HashedValues {
  readonly recipe: BlockRecipe;
}

/** What was found out about a group's rows. */
export interface RowsVerdict {
  readonly verdict: Verdict;
  /** `undefined` if the hash must be stored. */
  readonly derivation: Derivation | undefined;
  /** Whether all its rows name the best prices of that book, so that these need not be stored. */
  readonly isBestRight: boolean;
}

/** Of rows whose hash and best prices must be stored. */
export const NOTHING_DERIVED = { derivation: undefined, isBestRight: false } as const;

/** When and where an update was received. */
export interface Arrival {
  /** Whole microseconds since the epoch; all updates of a message share it. */
  readonly receivedUs: number;
  /** Number of the socket in its recorder; 0 for what no socket brought. */
  readonly socket: number;
  readonly place: Place;
}

/** An event as a block stores it. */
export interface StoredEvent {
  readonly type: UpdateType;
  readonly shape: Shape;
  /** One for each slot of the shape. */
  readonly values: readonly StoredValue[];
  /** One of them, where it takes time to make all. */
  readonly storedAt?: (slot: number) => StoredValue;
  /** The same in numbers, where these are known already. */
  readonly change?: PlainChange | undefined;
}

/** The value of one slot; `undefined` if there is none. */
export function storedValue(event: StoredEvent, slot: number): StoredValue | undefined {
  if (slot < 0) return undefined;
  return event.storedAt === undefined ? event.values[slot] : event.storedAt(slot);
}

export interface BlockRow extends StoredEvent, Arrival {
  readonly verdict: Verdict;
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

/** Latest receive time: its double still fits a zigzag varint. In the year 2112. */
export const RECEIVED_US_MAX = 2 ** 52;

/** What a block's head holds, in order. */
export const BLOCK_HEAD = [
  "shapes",
  "keyframe",
  "odd",
  "columns",
  "implied",
  "evidence",
  "last_hash",
  "recipe",
] as const;

/**
 * The streams that no key of the wire has: levels of keyframe and books, changes of single
 * levels, and values of the recipe. They come before those of keys.
 */
export const FIXED_STREAMS = [
  "level price",
  "level size",
  "change price",
  "change size",
  "change side",
  "hashed tick size",
  "hashed last trade price",
] as const;
