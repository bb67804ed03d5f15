import { CHUNK_HEADER_BYTES, encodeChunk } from "../../../src/format/chunk.ts";
import type { ReceivedStream } from "./received-stream.ts";
import { blocksOf } from "./stream-blocks.ts";

export interface Sizes {
  readonly parts: ReadonlyMap<string, number>;
  readonly sum: number;
}

/** Bytes an update of a stream in blocks, over all of them, chunk headers included. */
export function sizesOf(stream: ReceivedStream, rowsPerBlock: number): Sizes {
  const parts = new Map<string, number>();
  const add = (name: string, bytes: number) => parts.set(name, (parts.get(name) ?? 0) + bytes);
  let updates = 0;
  for (const { writer } of blocksOf(stream, rowsPerBlock)) {
    const finished = writer.finish();
    const chunk = encodeChunk(1, 1, finished.content, finished.packed);
    let rest = chunk.length - CHUNK_HEADER_BYTES;
    add("chunk header", CHUNK_HEADER_BYTES);
    for (const { name, bytes } of finished.parts) {
      add(name, bytes);
      rest -= bytes;
    }
    add("lengths, padding", rest);
    updates += writer.rows;
  }
  for (const [name, bytes] of parts) parts.set(name, bytes / updates);
  return { parts, sum: [...parts.values()].reduce((sum, bytes) => sum + bytes, 0) };
}
