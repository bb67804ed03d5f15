import type { Level } from "../../src/format/level.ts";
import type { ExpectedUpdate } from "../expected-updates.ts";
import type { PlainBook, PlainEntry } from "./plain-token.ts";

interface WireLevel {
  readonly price: string;
  readonly size: string;
}

/** The levels of a `book`; `undefined` for another update. */
export function bookOf({ type, fields }: Omit<ExpectedUpdate, "tokenIds">): PlainBook | undefined {
  if (type !== "book") return undefined;
  const { bids, asks, timestamp } = fields as Record<"bids" | "asks", readonly WireLevel[]> & {
    readonly timestamp: string;
  };
  return { bids: bids.map(levelOf), asks: asks.map(levelOf), timestamp };
}

/** The level that a price change names; `undefined` for another update. */
export function entryOf({
  type,
  fields,
}: Omit<ExpectedUpdate, "tokenIds">): PlainEntry | undefined {
  return type === "price_change" ? (fields as unknown as PlainEntry) : undefined;
}

function levelOf({ price, size }: WireLevel): Level {
  return [price, size];
}
