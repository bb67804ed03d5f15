import { type BitPlace, singleBitFlip } from "../format/bit-flip.ts";
import {
  CHUNK_HEADER_BYTES,
  type ChunkHeader,
  decodeHeader,
  HEADER_CRC_AT,
  paddedLength,
} from "../format/chunk.ts";
import { DAMAGE, type Damage } from "../format/chunk-scanner.ts";
import { decodeTail, TAIL_BYTES, TAIL_CRC_AT } from "../format/segment-end.ts";
import type { Fs, ReadFile } from "../ports/fs.ts";

/** The one bit of a file that makes a damaged chunk sound again. */
export interface FlippedBit {
  /** Byte in the file. */
  readonly offset: number;
  /** 0 is the lowest. */
  readonly bit: number;
  /** The chunk's header as it is then; a tail has none. */
  readonly header?: ChunkHeader;
}

/** Looks for a single flipped bit in the chunk or tail that a damage is about. */
export async function findFlippedBit(
  fs: Fs,
  path: string,
  { offset, reason, header }: Damage,
): Promise<FlippedBit | undefined> {
  const isPayload = reason === DAMAGE.checksum && header !== undefined;
  const mayBeHeader = reason === DAMAGE.noChunk || reason === DAMAGE.torn;
  if (!isPayload && !mayBeHeader) return undefined;
  const file = await fs.open(path);
  try {
    if (isPayload) return await inPayload(file, offset + CHUNK_HEADER_BYTES, header);
    return (await inHeader(file, offset)) ?? (await inTail(file, offset));
  } finally {
    await file.close();
  }
}

async function inPayload(
  file: ReadFile,
  offset: number,
  header: ChunkHeader,
): Promise<FlippedBit | undefined> {
  const payload = await file.read(offset, paddedLength(header.storedLength));
  const found = singleBitFlip(payload, crcOf(payload), header.storedCrc);
  return found && { offset: offset + found.byte, bit: found.bit, header };
}

async function inHeader(file: ReadFile, offset: number): Promise<FlippedBit | undefined> {
  const bytes = await file.read(offset, CHUNK_HEADER_BYTES);
  const found = inChecked(bytes, HEADER_CRC_AT);
  if (found === undefined) return undefined;
  bytes[found.byte]! ^= 1 << found.bit;
  const header = decodeHeader(bytes);
  return header && { offset: offset + found.byte, bit: found.bit, header };
}

async function inTail(file: ReadFile, offset: number): Promise<FlippedBit | undefined> {
  const salt = decodeHeader(await file.read(0, CHUNK_HEADER_BYTES))?.salt;
  const bytes = await file.read(offset, TAIL_BYTES);
  if (salt === undefined || offset + TAIL_BYTES !== (await file.size())) return undefined;
  const found = inChecked(bytes, TAIL_CRC_AT, salt);
  if (found === undefined) return undefined;
  bytes[found.byte]! ^= 1 << found.bit;
  const isTail = decodeTail(bytes, salt) !== undefined;
  return isTail ? { offset: offset + found.byte, bit: found.bit } : undefined;
}

/** In bytes that end with their own checksum, or in that checksum. */
function inChecked(bytes: Uint8Array, crcAt: number, seed?: number): BitPlace | undefined {
  if (bytes.length !== crcAt + 4) return undefined;
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(crcAt, true);
  const actual = crcOf(bytes.subarray(0, crcAt), seed);
  const difference = (stored ^ actual) >>> 0;
  if (difference !== 0 && (difference & (difference - 1)) === 0) {
    const place = 31 - Math.clz32(difference);
    return { byte: crcAt + (place >> 3), bit: place & 7 };
  }
  return singleBitFlip(bytes.subarray(0, crcAt), actual, stored);
}

function crcOf(bytes: Uint8Array, seed?: number): number {
  return Bun.hash.crc32(bytes as Uint8Array<ArrayBuffer>, seed);
}
