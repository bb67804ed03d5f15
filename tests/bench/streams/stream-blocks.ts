import { RunningBook } from "../../../src/book/running-book.ts";
import type { BlockRow, Implied, Keyframe } from "../../../src/format/block.ts";
import { BlockWriter } from "../../../src/format/block-writer.ts";
import { decode } from "../../../src/polymarket/decode.ts";
import type { ReceivedStream } from "./received-stream.ts";

/** What goes into one block. */
export interface BlockInput {
  readonly keyframe: Keyframe | null;
  readonly rows: readonly BlockRow[];
}

/** A stream's updates in blocks of so many; a last one that is not full is left out. */
export function blocksOf(stream: ReceivedStream, rowsPerBlock: number): BlockInput[] {
  const book = new RunningBook();
  const blocks: BlockInput[] = [];
  let keyframe = book.keyframe();
  let rows: BlockRow[] = [];
  for (const { receivedUs, text } of stream.texts) {
    for (const { event, place, tokenIds } of decode(text)) {
      if (!tokenIds.includes(stream.tokenId)) continue;
      const { type, shape } = event;
      rows.push({ type, shape, receivedUs, socket: 1, place, ...book.receive(event) });
      if (rows.length < rowsPerBlock) continue;
      blocks.push({ keyframe, rows });
      keyframe = book.keyframe();
      rows = [];
    }
  }
  return blocks;
}

export function filledWriter(implied: Implied, { keyframe, rows }: BlockInput): BlockWriter {
  const writer = new BlockWriter(implied, 1, keyframe);
  for (const row of rows) writer.add(row);
  return writer;
}
