import type { Keyframe } from "../format/block.ts";
import { parseLevels } from "../format/level.ts";
import { FORMAT_VERSION } from "../format/limits.ts";
import { fieldString, fieldText, type MarketEvent } from "../format/market-event.ts";
import type { BinarySnapshot } from "../format/snapshot.ts";

/** What `snapshot.bin` of a session that goes on with a running book says of it. */
export function runningSnapshot(
  tokenId: string,
  market: string,
  { bids, asks, tickSize }: Keyframe,
  receivedUs: number,
): Omit<BinarySnapshot, "outcome"> {
  return {
    version: FORMAT_VERSION,
    token_id: tokenId,
    timestamp_utc: Math.floor(receivedUs / 1000),
    market,
    bids,
    asks,
    tick_size: tickSize,
    hash: null,
  };
}

/** What `snapshot.bin` says of a `book`, all but the outcome; `undefined` for a malformed one. */
export function openingSnapshot(
  tokenId: string,
  market: string,
  book: MarketEvent,
  receivedUs: number,
): Omit<BinarySnapshot, "outcome"> | undefined {
  const bids = parseLevels(fieldText(book, "bids") ?? "null");
  const asks = parseLevels(fieldText(book, "asks") ?? "null");
  if (bids === undefined || asks === undefined) return undefined;
  return {
    version: FORMAT_VERSION,
    token_id: tokenId,
    timestamp_utc: Math.floor(receivedUs / 1000),
    market,
    bids,
    asks,
    tick_size: fieldString(book, "tick_size") ?? null,
    hash: fieldString(book, "hash") ?? null,
  };
}
