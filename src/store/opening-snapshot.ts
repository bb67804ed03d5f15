import type { Keyframe } from "../format/block.ts";
import { parseLevels } from "../format/level.ts";
import { FORMAT_VERSION } from "../format/limits.ts";
import { fieldString, fieldText, type MarketEvent } from "../format/market-event.ts";
import type { BinarySnapshot } from "../format/snapshot.ts";

/** A snapshot, all but the outcome. */
type Opening = Omit<BinarySnapshot, "outcome">;

/** What `snapshot.bin` of a session that goes on with a running book says of it. */
export function runningSnapshot(
  tokenId: string,
  market: string,
  { bids, asks, tickSize }: Keyframe,
  receivedUs: number,
): Opening {
  return opening(tokenId, market, receivedUs, { bids, asks, tick_size: tickSize, hash: null });
}

/** What `snapshot.bin` says of a `book`; `undefined` for a malformed one. */
export function openingSnapshot(
  tokenId: string,
  market: string,
  book: MarketEvent,
  receivedUs: number,
): Opening | undefined {
  const bids = parseLevels(fieldText(book, "bids") ?? "null");
  const asks = parseLevels(fieldText(book, "asks") ?? "null");
  if (bids === undefined || asks === undefined) return undefined;
  const tick_size = fieldString(book, "tick_size") ?? null;
  return opening(tokenId, market, receivedUs, {
    bids,
    asks,
    tick_size,
    hash: fieldString(book, "hash") ?? null,
  });
}

function opening(
  tokenId: string,
  market: string,
  receivedUs: number,
  book: Pick<Opening, "bids" | "asks" | "tick_size" | "hash">,
): Opening {
  const timestamp_utc = Math.floor(receivedUs / 1000);
  return { version: FORMAT_VERSION, token_id: tokenId, timestamp_utc, market, ...book };
}
