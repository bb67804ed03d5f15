import { CHUNK_HEADER_BYTES, encodeChunk } from "../../../src/format/chunk.ts";
import type { ReceivedStream } from "./received-stream.ts";
import { blocksOf, filledWriter } from "./stream-blocks.ts";

/** Parts that are not taken into the sum: hashes and best prices follow from the book. */
const DERIVABLE = ["hash", "best_bid", "best_ask"];

export interface Sizes {
  readonly parts: ReadonlyMap<string, number>;
  readonly sum: number;
  readonly withDerivable: number;
}

/** Bytes an update of a stream in blocks, over all of them, chunk headers included. */
export function sizesOf(stream: ReceivedStream, rowsPerBlock: number): Sizes {
  const blocks = blocksOf(stream, rowsPerBlock);
  const parts = new Map<string, number>();
  const add = (name: string, bytes: number) => {
    const share = bytes / (blocks.length * rowsPerBlock);
    parts.set(name, (parts.get(name) ?? 0) + share);
  };
  for (const input of blocks) {
    const finished = filledWriter(stream, input).finish();
    const chunk = encodeChunk(1, 1, finished.content, finished.packed);
    let rest = chunk.length - CHUNK_HEADER_BYTES;
    add("chunk header", CHUNK_HEADER_BYTES);
    for (const { name, bytes } of finished.parts) {
      add(name, bytes);
      rest -= bytes;
    }
    add("lengths, padding", rest);
  }
  const withDerivable = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
  const derivable = DERIVABLE.reduce((sum, name) => sum + (parts.get(name) ?? 0), 0);
  return { parts, sum: withDerivable - derivable, withDerivable };
}
