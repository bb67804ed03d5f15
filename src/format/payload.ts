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
  if (frame.length < 6) return -1;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== ZSTD_MAGIC) return -1;
  const { at, lengthBytes } = zstdLengthField(frame[4]!);
  if (at + lengthBytes > frame.length) return -1;
  if (lengthBytes === 1) return view.getUint8(at);
  if (lengthBytes === 2) return view.getUint16(at, true) + 256;
  if (lengthBytes === 4) return view.getUint32(at, true);
  return lengthBytes === 8 ? Number(view.getBigUint64(at, true)) : -1;
}

/** Where a frame with this descriptor has its content length, and of how many bytes. */
function zstdLengthField(descriptor: number): { at: number; lengthBytes: number } {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  return {
    at: 5 + (singleSegment ? 0 : 1) + dictionaryBytes,
    lengthBytes: [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!,
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
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    // A block of type 1 is one byte, repeated.
    at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
    const checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
    if ((header & 1) === 1) return at + checksumBytes;
  }
  return -1;
}
