import { BlockReplay } from "../src/book/block-replay.ts";
import type { Implied } from "../src/format/block.ts";
import { decodeBlock } from "../src/format/block-reader.ts";
import { decodeHeader } from "../src/format/chunk.ts";
import { PolybotError } from "../src/format/error.ts";
import { fieldsOf } from "../src/format/market-event.ts";
import { checkBlockHashes } from "../src/read/block-hashes.ts";
import { HEADER_BYTES } from "./hostile-bytes.ts";

/** Everything that readers do with a block; only a `PolybotError` may come out of it. */
export function readWholeBlock(chunk: Uint8Array, implied: Implied): "read" | "refused" {
  const header = decodeHeader(chunk);
  if (header === undefined) return "refused";
  try {
    const end = HEADER_BYTES + header.storedLength;
    const block = decodeBlock(header, chunk.subarray(HEADER_BYTES, end), implied);
    checkBlockHashes(block, implied);
    const replay = new BlockReplay(block, implied);
    for (const row of block.rows.keys()) fieldsOf(replay.event(row));
    // Out of order, too: what is derived is made from the start again.
    fieldsOf(replay.event(block.rows.length >> 1));
    fieldsOf(replay.event(0));
    return "read";
  } catch (error) {
    if (error instanceof PolybotError) return "refused";
    throw error;
  }
}
