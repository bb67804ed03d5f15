/** Builders of bytes that no writer makes: wrong in one place, sound in all others. */

export const HEADER_BYTES = 64;
const HEADER_CRC_AT = 60;

/** The header's fields as the format page has them: offset and width in bytes. */
export const HEADER_FIELDS = {
  magic: [0, 4],
  kind: [4, 1],
  codec: [5, 1],
  flags: [6, 1],
  version: [7, 1],
  salt: [8, 4],
  number: [12, 4],
  stored_length: [16, 4],
  raw_length: [20, 4],
  records: [24, 4],
  stored_crc: [28, 4],
  min_us: [32, 8],
  max_us: [40, 8],
  first_sequence: [48, 8],
  raw_crc: [56, 4],
  header_crc: [60, 4],
} as const satisfies Record<string, readonly [offset: number, bytes: number]>;

export type HeaderField = keyof typeof HEADER_FIELDS;

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}

export function zeroed(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return bytes.slice().fill(0, from, to);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}

/** A file with one header field set to another value, and the header's checksum mended. */
export function withField(
  file: Uint8Array,
  chunkAt: number,
  field: HeaderField,
  value: bigint,
): Uint8Array {
  const changed = file.slice();
  const view = new DataView(changed.buffer, chunkAt, HEADER_BYTES);
  const [at, width] = HEADER_FIELDS[field];
  if (width === 1) view.setUint8(at, Number(BigInt.asUintN(8, value)));
  else if (width === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  else view.setBigUint64(at, value, true);
  if (field !== "header_crc") {
    const crc = Bun.hash.crc32(changed.subarray(chunkAt, chunkAt + HEADER_CRC_AT));
    view.setUint32(HEADER_CRC_AT, crc, true);
  }
  return changed;
}

/** A zstd frame that expands to so many zero bytes. */
export function zeroFrame(length: number): Uint8Array {
  return Bun.zstdCompressSync(new Uint8Array(length), { level: 1 });
}

/** A frame of over 4 KiB that says it holds another number of bytes. */
export function withFrameLength(frame: Uint8Array, length: number): Uint8Array {
  const changed = frame.slice();
  const at = (changed[4]! & 0x20) === 0 ? 6 : 5;
  new DataView(changed.buffer).setUint32(at, length, true);
  return changed;
}

/** Nested MessagePack lists, each of which announces `length` items. */
export function nestedLists(depth: number, length: number): Uint8Array {
  const bytes = new Uint8Array(depth * 5);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < depth; i++) {
    view.setUint8(i * 5, 0xdd);
    view.setUint32(i * 5 + 1, length);
  }
  return bytes;
}
