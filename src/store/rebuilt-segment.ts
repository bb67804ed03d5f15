import { type Implied, NOTHING_DERIVED } from "../format/block.ts";
import { BlockWriter } from "../format/block-writer.ts";
import {
  CHUNK_HEADER_BYTES,
  CHUNK_KIND,
  chunkBytes,
  encodeChunk,
  paddedLength,
} from "../format/chunk.ts";
import { encodeFileHead, type FileHead, headFields } from "../format/file-head.ts";
import { BARE_PLACE } from "../format/market-event.ts";
import { encodeValue } from "../format/packed-value.ts";
import { type LostRange, repairNote } from "../format/repair-note.ts";
import type { ByteSource } from "../format/scan-file.ts";
import { encodeIndex, encodeTail, type IndexEntry } from "../format/segment-end.ts";
import type { ChunkPlace } from "./salvage.ts";

/** What a rebuilt segment is made of: chunks of the damaged one, and notes of what is lost. */
export type Piece = ChunkPlace | LostRange;

export function isNote(piece: Piece): piece is LostRange {
  return !("offset" in piece);
}

/** The sequence number of a piece's first update; 0 of a chunk without updates. */
export function firstOf(piece: Piece): number {
  return isNote(piece) ? piece.first : piece.header.firstSequence;
}

/**
 * The salt of a segment of which no chunk is left: the same whenever it is made, so that a repair
 * that was interrupted ends as any other.
 */
export function saltOf(head: FileHead): number {
  return Bun.hash.crc32(encodeValue(headFields(head)));
}

/**
 * The bytes of a sealed segment with these pieces, one chunk at a time. Payloads are those of
 * `source`, byte for byte, and a chunk that keeps its number is the same as before as a whole.
 */
export async function* rebuiltSegment(
  source: ByteSource | undefined,
  head: FileHead,
  salt: number,
  pieces: readonly Piece[],
): AsyncGenerator<Uint8Array> {
  const index: IndexEntry[] = [];
  let bytes: Uint8Array = encodeFileHead(salt, head);
  let offset = bytes.length;
  yield bytes;
  let number = 1;
  for (const piece of pieces) {
    if (isNote(piece)) {
      const { content, packed } = noteBlock(piece, head);
      const { records, firstSequence, minUs, maxUs } = content;
      index.push({ offset, number, records, firstSequence, minUs, maxUs });
      bytes = encodeChunk(salt, number, content, packed);
    } else {
      const { kind, records, firstSequence, minUs, maxUs } = piece.header;
      if (kind === CHUNK_KIND.block) {
        index.push({ offset, number, records, firstSequence, minUs, maxUs });
      }
      bytes = await keptChunk(source!, piece, number);
    }
    offset += bytes.length;
    number++;
    yield bytes;
  }
  yield encodeIndex(salt, number, head, index);
  yield encodeTail(salt, offset);
}

async function keptChunk(
  source: ByteSource,
  { offset, header }: ChunkPlace,
  number: number,
): Promise<Uint8Array> {
  const { storedLength, rawLength, rawCrc, codec, salt } = header;
  if (header.number === number) return source.read(offset, chunkBytes(storedLength));
  const payload = await source.read(offset + CHUNK_HEADER_BYTES, paddedLength(storedLength));
  const stored = payload.subarray(0, storedLength);
  return encodeChunk(salt, number, header, { codec, stored, rawLength, rawCrc });
}

/** The book is not known in it, so it has no keyframe: better no book than a stale one. */
function noteBlock(lost: LostRange, implied: Implied) {
  const writer = new BlockWriter(implied, lost.first, null);
  writer.stage(repairNote(lost), { receivedUs: lost.fromUs, socket: 0, place: BARE_PLACE });
  writer.judge([0], { verdict: "unverifiable", ...NOTHING_DERIVED });
  return writer.finish();
}
