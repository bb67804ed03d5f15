import { CHUNK_KIND, type ChunkHeader, CODEC, chunkBytes, encodeChunk } from "./chunk.ts";
import { damaged } from "./damaged.ts";
import { decodeFileHead, type FileHead, headFields, readHeadFields } from "./file-head.ts";
import { INDEX_ENTRIES_MAX } from "./limits.ts";
import { asBytes, asFields, decodeValue, encodeValue } from "./packed-value.ts";
import { unpackWhole } from "./payload.ts";

/**
 * How a finished segment ends: an index of its blocks, then a tail that finds the index from the
 * end of the file. Both are caches; the blocks alone are enough. docs/FORMAT.md, "Segment end".
 */

export interface IndexEntry {
  readonly offset: number;
  /** The chunk's number. */
  readonly number: number;
  readonly records: number;
  readonly firstSequence: number;
  readonly minUs: number;
  readonly maxUs: number;
}

const ENTRY_BYTES = 40;
const ENTRY_AT = { number: 0, records: 4, offset: 8, firstSequence: 16, minUs: 24, maxUs: 32 };

export const TAIL_BYTES = 16;
/** ASCII "PTAI", little-endian. */
const TAIL_MAGIC = 0x49415450;
const TAIL_AT = { magic: 0, indexOffset: 4, crc: 12 };
/** Where a tail's checksum stands in it, behind all that it covers. */
export const TAIL_CRC_AT = TAIL_AT.crc;

/** The index also repeats the file's head, in case that is damaged. */
export function encodeIndex(
  salt: number,
  number: number,
  head: FileHead,
  entries: readonly IndexEntry[],
): Uint8Array<ArrayBuffer> {
  const raw = encodeValue({ head: headFields(head), entries: packEntries(entries) });
  return encodeChunk(
    salt,
    number,
    {
      kind: CHUNK_KIND.index,
      records: entries.length,
      // Not by spreading: a million arguments overflow the stack.
      minUs: entries.reduce((min, { minUs }) => Math.min(min, minUs), entries[0]?.minUs ?? 0),
      maxUs: entries.reduce((max, { maxUs }) => Math.max(max, maxUs), 0),
      firstSequence: entries[0]?.firstSequence ?? 0,
    },
    // Not compressed: its length must be known before the last block is written.
    { codec: CODEC.none, stored: raw, rawLength: raw.length, rawCrc: Bun.hash.crc32(raw) },
  );
}

/** The bytes that index and tail take for so many blocks; what rotation must leave free. */
export function segmentEndBytes(head: FileHead, blocks: number): number {
  // More than an index may name: the segment has to end before.
  if (blocks > INDEX_ENTRIES_MAX) return Number.POSITIVE_INFINITY;
  const entryBytes = blocks * ENTRY_BYTES;
  const withoutEntries = encodeValue({ head: headFields(head), entries: new Uint8Array() }).length;
  // The length of a `bin` takes one byte, two or four.
  const longerLength = entryBytes < 2 ** 8 ? 0 : entryBytes < 2 ** 16 ? 1 : 3;
  return chunkBytes(withoutEntries + longerLength + entryBytes) + TAIL_BYTES;
}

export function decodeIndex(
  header: ChunkHeader,
  stored: Uint8Array,
): { head: FileHead; entries: IndexEntry[] } {
  const fields = asFields(decodeValue(unpackWhole(header, stored)));
  const packed = asBytes(fields.entries);
  if (header.records > INDEX_ENTRIES_MAX || packed.length !== header.records * ENTRY_BYTES) {
    throw damaged("an index has another number of entries");
  }
  return { head: readHeadFields(fields.head), entries: unpackEntries(packed) };
}

/** Whether an index names exactly these blocks. */
export function isSameIndex(index: readonly IndexEntry[], blocks: readonly IndexEntry[]): boolean {
  return (
    index.length === blocks.length &&
    index.every((entry, i) => {
      const block = blocks[i]!;
      return (
        entry.offset === block.offset &&
        entry.number === block.number &&
        entry.records === block.records &&
        entry.firstSequence === block.firstSequence &&
        entry.minUs === block.minUs &&
        entry.maxUs === block.maxUs
      );
    })
  );
}

/** The head of a chunk's file, if it is one that has it: the head itself, or an index. */
export function headIn(header: ChunkHeader, stored: Uint8Array): FileHead | undefined {
  if (header.kind === CHUNK_KIND.head) return decodeFileHead(header, stored);
  return header.kind === CHUNK_KIND.index ? decodeIndex(header, stored).head : undefined;
}

/** The CRC starts from the salt, so that another file's tail does not pass. */
export function encodeTail(salt: number, indexOffset: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TAIL_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(TAIL_AT.magic, TAIL_MAGIC, true);
  view.setBigUint64(TAIL_AT.indexOffset, BigInt(indexOffset), true);
  view.setUint32(TAIL_AT.crc, Bun.hash.crc32(bytes.subarray(0, TAIL_AT.crc), salt), true);
  return bytes;
}

/** The offset of the index, or `undefined` if these 16 bytes are not this file's tail. */
export function decodeTail(bytes: Uint8Array, salt: number): number | undefined {
  if (bytes.length !== TAIL_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, TAIL_BYTES);
  if (view.getUint32(TAIL_AT.magic, true) !== TAIL_MAGIC) return undefined;
  const crc = Bun.hash.crc32(bytes.subarray(0, TAIL_AT.crc) as Uint8Array<ArrayBuffer>, salt);
  if (view.getUint32(TAIL_AT.crc, true) !== crc) return undefined;
  return Number(view.getBigUint64(TAIL_AT.indexOffset, true));
}

function packEntries(entries: readonly IndexEntry[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(entries.length * ENTRY_BYTES));
  entries.forEach((entry, i) => {
    const at = i * ENTRY_BYTES;
    view.setUint32(at + ENTRY_AT.number, entry.number, true);
    view.setUint32(at + ENTRY_AT.records, entry.records, true);
    view.setBigUint64(at + ENTRY_AT.offset, BigInt(entry.offset), true);
    view.setBigUint64(at + ENTRY_AT.firstSequence, BigInt(entry.firstSequence), true);
    view.setBigUint64(at + ENTRY_AT.minUs, BigInt(entry.minUs), true);
    view.setBigUint64(at + ENTRY_AT.maxUs, BigInt(entry.maxUs), true);
  });
  return new Uint8Array(view.buffer);
}

function unpackEntries(packed: Uint8Array): IndexEntry[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  return Array.from({ length: packed.length / ENTRY_BYTES }, (_, i) => {
    const at = i * ENTRY_BYTES;
    return {
      number: view.getUint32(at + ENTRY_AT.number, true),
      records: view.getUint32(at + ENTRY_AT.records, true),
      offset: Number(view.getBigUint64(at + ENTRY_AT.offset, true)),
      firstSequence: Number(view.getBigUint64(at + ENTRY_AT.firstSequence, true)),
      minUs: Number(view.getBigUint64(at + ENTRY_AT.minUs, true)),
      maxUs: Number(view.getBigUint64(at + ENTRY_AT.maxUs, true)),
    };
  });
}
