import { PolybotError } from "./error.ts";
import { CHUNK_BYTES_MAX, FORMAT_VERSION } from "./limits.ts";

/**
 * The one framing of all files: a 64-byte header that has a checksum of its own, so that its
 * length can be trusted, then the payload, zero-padded to 8 bytes. docs/FORMAT.md, "Chunks".
 */

/** ASCII "PBOT", little-endian. */
const MAGIC = 0x544f4250;

export const CHUNK_HEADER_BYTES = 64;
const ALIGNMENT = 8;

/** Byte offsets in the header. */
const AT = {
  magic: 0,
  kind: 4,
  codec: 5,
  flags: 6,
  version: 7,
  salt: 8,
  number: 12,
  storedLength: 16,
  rawLength: 20,
  records: 24,
  storedCrc: 28,
  minUs: 32,
  maxUs: 40,
  firstSequence: 48,
  rawCrc: 56,
  headerCrc: 60,
} as const;

/** Where a header's own checksum stands in it, behind all that it covers. */
export const HEADER_CRC_AT = AT.headerCrc;

/** What a chunk holds. From 128 on, a reader that does not know the kind skips it. */
export const CHUNK_KIND = {
  head: 1,
  block: 2,
  index: 3,
  snapshot: 4,
  metadata: 5,
  journal: 6,
  pruned: 7,
} as const;
export const SKIPPABLE_KIND = 128;

/** How a payload is stored. */
export const CODEC = { none: 0, zstd: 1, columns: 2 } as const;

/** A payload ready to be framed. */
export interface Packed {
  readonly codec: number;
  readonly stored: Uint8Array;
  readonly rawLength: number;
  readonly rawCrc: number;
}

/** What a chunk says of its records; all zero where it has none. */
export interface ChunkContent {
  readonly kind: number;
  readonly records: number;
  /** Earliest and latest receive time, microseconds since the epoch. */
  readonly minUs: number;
  readonly maxUs: number;
  readonly firstSequence: number;
}

/** What a payload is decoded by. */
export type PackedContent = ChunkContent & Omit<Packed, "stored">;

export interface ChunkHeader extends PackedContent {
  readonly version: number;
  /** Random for each file: tells its chunks from another's. */
  readonly salt: number;
  /** Position in the file, from 0. */
  readonly number: number;
  readonly storedLength: number;
  readonly storedCrc: number;
}

/** The bytes that a chunk takes in its file. */
export function chunkBytes(storedLength: number): number {
  return CHUNK_HEADER_BYTES + paddedLength(storedLength);
}

export function paddedLength(storedLength: number): number {
  return Math.ceil(storedLength / ALIGNMENT) * ALIGNMENT;
}

export function encodeChunk(
  salt: number,
  number: number,
  content: ChunkContent,
  packed: Packed,
): Uint8Array<ArrayBuffer> {
  const { stored } = packed;
  if (Math.max(stored.length, packed.rawLength) > CHUNK_BYTES_MAX) {
    throw new PolybotError("LIMIT", `a chunk of ${packed.rawLength} bytes is over the limit`);
  }
  const bytes = new Uint8Array(chunkBytes(stored.length));
  bytes.set(stored, CHUNK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(AT.magic, MAGIC, true);
  view.setUint8(AT.kind, content.kind);
  view.setUint8(AT.codec, packed.codec);
  view.setUint8(AT.version, FORMAT_VERSION);
  view.setUint32(AT.salt, salt, true);
  view.setUint32(AT.number, number, true);
  view.setUint32(AT.storedLength, stored.length, true);
  view.setUint32(AT.rawLength, packed.rawLength, true);
  view.setUint32(AT.records, content.records, true);
  view.setUint32(AT.storedCrc, Bun.hash.crc32(bytes.subarray(CHUNK_HEADER_BYTES)), true);
  view.setBigUint64(AT.minUs, BigInt(content.minUs), true);
  view.setBigUint64(AT.maxUs, BigInt(content.maxUs), true);
  view.setBigUint64(AT.firstSequence, BigInt(content.firstSequence), true);
  view.setUint32(AT.rawCrc, packed.rawCrc, true);
  view.setUint32(AT.headerCrc, Bun.hash.crc32(bytes.subarray(0, AT.headerCrc)), true);
  return bytes;
}

/** The header at `offset`, or `undefined` if no whole, sound one stands there. */
export function decodeHeader(bytes: Uint8Array, offset = 0): ChunkHeader | undefined {
  if (offset + CHUNK_HEADER_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, CHUNK_HEADER_BYTES);
  if (view.getUint32(AT.magic, true) !== MAGIC) return undefined;
  const sound = Bun.hash.crc32(bytes.subarray(offset, offset + AT.headerCrc));
  if (view.getUint32(AT.headerCrc, true) !== sound) return undefined;
  return {
    kind: view.getUint8(AT.kind),
    codec: view.getUint8(AT.codec),
    version: view.getUint8(AT.version),
    salt: view.getUint32(AT.salt, true),
    number: view.getUint32(AT.number, true),
    storedLength: view.getUint32(AT.storedLength, true),
    rawLength: view.getUint32(AT.rawLength, true),
    records: view.getUint32(AT.records, true),
    storedCrc: view.getUint32(AT.storedCrc, true),
    minUs: Number(view.getBigUint64(AT.minUs, true)),
    maxUs: Number(view.getBigUint64(AT.maxUs, true)),
    firstSequence: Number(view.getBigUint64(AT.firstSequence, true)),
    rawCrc: view.getUint32(AT.rawCrc, true),
  };
}

/** Where the next header's magic stands in `bytes` at or after `from`, or -1. */
export function findMagic(bytes: Uint8Array, from: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (
    let at = bytes.indexOf(MAGIC & 0xff, from);
    at >= 0;
    at = bytes.indexOf(MAGIC & 0xff, at + 1)
  ) {
    if (at + 4 > bytes.length) return -1;
    if (view.getUint32(at, true) === MAGIC) return at;
  }
  return -1;
}
