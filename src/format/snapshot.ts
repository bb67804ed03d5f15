import { CHUNK_KIND, type ChunkHeader } from "./chunk.ts";
import { damaged } from "./damaged.ts";
import type { FileHead } from "./file-head.ts";
import type { Level } from "./level.ts";
import { asArray, asCount, asText, asTextOrNull } from "./packed-value.ts";
import { decodeWholeFile, encodeWholeFile } from "./whole-file.ts";

/** `snapshot.bin`: the opening book of a session. */
export interface BinarySnapshot {
  readonly version: number;
  readonly token_id: string;
  /** Receive time, epoch milliseconds. */
  readonly timestamp_utc: number;
  /** Condition id. */
  readonly market: string;
  /** `""` while unknown. */
  readonly outcome: string;
  /** Prices ascending: the best bid is the last one. */
  readonly bids: readonly Level[];
  /** Prices descending: the best ask is the last one. */
  readonly asks: readonly Level[];
  readonly tick_size: string | null;
  readonly hash: string | null;
}

export function encodeSnapshot(
  salt: number,
  head: FileHead,
  snapshot: BinarySnapshot,
): Uint8Array<ArrayBuffer> {
  const atUs = snapshot.timestamp_utc * 1000;
  const content = { kind: CHUNK_KIND.snapshot, minUs: atUs, maxUs: atUs, firstSequence: 0 };
  return encodeWholeFile(salt, head, content, snapshot);
}

export function decodeSnapshot(header: ChunkHeader, stored: Uint8Array): BinarySnapshot {
  const fields = decodeWholeFile(header, stored);
  return {
    version: asCount(fields.version),
    token_id: asText(fields.token_id),
    timestamp_utc: asCount(fields.timestamp_utc),
    market: asText(fields.market),
    outcome: asText(fields.outcome),
    bids: readLevels(fields.bids),
    asks: readLevels(fields.asks),
    tick_size: asTextOrNull(fields.tick_size),
    hash: asTextOrNull(fields.hash),
  };
}

function readLevels(value: unknown): Level[] {
  return asArray(value).map((item) => {
    const [price, size, ...rest] = asArray(item);
    if (rest.length > 0) throw damaged("a level is more than a price and a size");
    return [asText(price), asText(size)];
  });
}
