import { type ChunkHeader, CODEC, type Packed } from "./chunk.ts";
import { damaged } from "./damaged.ts";
import { CHUNK_BYTES_MAX } from "./limits.ts";

/** On columns 3 % smaller than level 1, for a fifth of a microsecond an update more; 9 gains no more. */
const LEVEL = 6;

const ZSTD_MAGIC = 0xfd2fb528;

/** The zstd frame of `raw` if it is shorter, else `undefined`. */
export function compress(raw: Uint8Array<ArrayBuffer>): Uint8Array | undefined {
  const frame = Bun.zstdCompressSync(raw, { level: LEVEL });
  return frame.length < raw.length ? frame : undefined;
}

/**
 * The content of a zstd frame that must be `rawLength` bytes long. The frame's own length is
 * looked at first: the decompressor takes no limit and would follow a bomb.
 */
export function decompress(frame: Uint8Array, rawLength: number): Uint8Array {
  if (zstdContentLength(frame) !== rawLength || rawLength > CHUNK_BYTES_MAX) {
    throw damaged("a zstd frame announces another length");
  }
  // The decompressor goes on with the frames behind it, of whatever length.
  if (zstdFrameLength(frame) !== frame.length) throw damaged("more or less than one zstd frame");
  let raw: Uint8Array;
  try {
    raw = Bun.zstdDecompressSync(frame as Uint8Array<ArrayBuffer>);
  } catch (cause) {
    throw damaged("a zstd frame does not decompress", cause);
  }
  if (raw.length !== rawLength) throw damaged("a zstd frame has another length");
  return raw;
}

/** A payload stored as one piece, compressed if that helps. */
export function packWhole(raw: Uint8Array<ArrayBuffer>): Packed {
  const rawCrc = Bun.hash.crc32(raw);
  const frame = compress(raw);
  return frame === undefined
    ? { codec: CODEC.none, stored: raw, rawLength: raw.length, rawCrc }
    : { codec: CODEC.zstd, stored: frame, rawLength: raw.length, rawCrc };
}

/** The reverse of `packWhole`, checked end to end. `stored` excludes the padding. */
export function unpackWhole(header: ChunkHeader, stored: Uint8Array): Uint8Array {
  if (header.codec !== CODEC.none && header.codec !== CODEC.zstd) {
    throw damaged(`codec ${header.codec} is unknown here`);
  }
  const raw = header.codec === CODEC.zstd ? decompress(stored, header.rawLength) : stored;
  if (raw.length !== header.rawLength || Bun.hash.crc32(raw) !== header.rawCrc) {
    throw damaged("a payload does not match its checksum");
  }
  return raw;
}

/**
 * Content length of a zstd frame, or -1 if it names none. RFC 8878, section 3.1.1.1: magic,
 * a descriptor byte, an optional window byte and dictionary id, then the length.
 */
function zstdContentLength(frame: Uint8Array): number {
  if (frame.length < 6 || numberIn(frame, 0, 4) !== ZSTD_MAGIC) return -1;
  const { at, lengthBytes } = zstdLengthField(frame[4]!);
  if (lengthBytes === 0 || at + lengthBytes > frame.length) return -1;
  const length = numberIn(frame, at, lengthBytes);
  return lengthBytes === 2 ? length + 256 : length;
}

/** The number in so many bytes, the lowest first: a view for each frame would cost more. */
function numberIn(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at + length - 1; i >= at; i--) value = value * 256 + bytes[i]!;
  return value;
}

const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
/** By the two highest bits of the descriptor; a single segment always has a length. */
const LENGTH_BYTES = [0, 2, 4, 8] as const;

/** Where a frame with this descriptor has its content length, and of how many bytes. */
function zstdLengthField(descriptor: number): { at: number; lengthBytes: number } {
  const singleSegment = (descriptor & 0x20) !== 0;
  const lengthBytes = LENGTH_BYTES[descriptor >> 6]!;
  return {
    at: 5 + (singleSegment ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3]!,
    lengthBytes: lengthBytes === 0 && singleSegment ? 1 : lengthBytes,
  };
}

/**
 * Where the frame that starts `bytes` ends, by its blocks' headers (RFC 8878, section 3.1.1.2),
 * or -1 if it does not.
 */
function zstdFrameLength(bytes: Uint8Array): number {
  const descriptor = bytes[4]!;
  const { at: lengthAt, lengthBytes } = zstdLengthField(descriptor);
  for (let at = lengthAt + lengthBytes; at + 3 <= bytes.length; ) {
    const header = numberIn(bytes, at, 3);
    // A block of type 1 is one byte, repeated.
    at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
    const checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
    if ((header & 1) === 1) return at + checksumBytes;
  }
  return -1;
}
