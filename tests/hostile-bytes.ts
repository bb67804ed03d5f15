import { decodeMulti as decodeValues, encode } from "@msgpack/msgpack";
import { BLOCK_HEAD } from "../src/format/block.ts";

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

/**
 * A zstd frame that expands to so many zero bytes, made without ever having them: one block of
 * one repeated byte for each 128 KiB (RFC 8878).
 */
export function zeroFrame(length: number): Uint8Array {
  const blockMax = 2 ** 17;
  const blocks: number[] = [];
  for (let rest = length; rest > 0; rest -= blockMax) {
    const header = (Math.min(rest, blockMax) << 3) | (1 << 1) | (rest <= blockMax ? 1 : 0);
    blocks.push(header & 255, (header >> 8) & 255, header >> 16, 0);
  }
  // Magic, a descriptor that announces four bytes of length, a window of 128 KiB, the length.
  const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x38, 0, 0, 0, 0, ...blocks);
  new DataView(frame.buffer).setUint32(6, length, true);
  return frame;
}

/** A frame of `zeroFrame` that says it holds another number of bytes. */
export function withFrameLength(frame: Uint8Array, length: number): Uint8Array {
  const changed = frame.slice();
  new DataView(changed.buffer).setUint32(6, length, true);
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

/** A block's payload taken apart: its head, and its stored columns in order, each uncompressed. */
export interface OpenedBlock {
  /** By the names of the format page. */
  readonly head: Record<(typeof BLOCK_HEAD)[number], unknown>;
  readonly columns: Uint8Array[];
}

/** Codes of columns in a block's head. */
const ZSTD = 1;
const CONSTANT = 2;

export function openBlock(chunk: Uint8Array): OpenedBlock {
  const view = new DataView(chunk.buffer, chunk.byteOffset);
  const storedLength = view.getUint32(HEADER_FIELDS.stored_length[0], true);
  const stored = chunk.subarray(HEADER_BYTES, HEADER_BYTES + storedLength);
  const [list, ...bins] = [...decodeValues(stored)] as [unknown[], ...Uint8Array[]];
  const entries = BLOCK_HEAD.map((name, i) => [name, list[i]] as const);
  const head = Object.fromEntries(entries) as OpenedBlock["head"];
  let next = 0;
  const columns: Uint8Array[] = [];
  // Raw from here on, so that a changed column needs no compressing.
  head.columns = (head.columns as number[]).map((described) => {
    const codec = described % 4;
    if (codec === CONSTANT) return described;
    const bin = Uint8Array.from(bins[next++]!);
    const raw = codec === ZSTD ? Bun.zstdDecompressSync(bin) : bin;
    columns.push(raw);
    return raw.length * 4;
  });
  return { head, columns };
}

/**
 * A chunk with a block that was changed: `edit` gets head and columns, and may give other bytes in
 * place of the head's. All lengths and checksums are mended.
 */
export function withBlock(
  chunk: Uint8Array,
  edit: (block: OpenedBlock) => Uint8Array | undefined,
): Uint8Array {
  const block = openBlock(chunk);
  const headBytes = edit(block) ?? encodeHead(block.head);
  const payload = joined(headBytes, ...block.columns.map((column) => encode(column)));
  const raw = joined(headBytes, ...block.columns);
  return withPayload(chunk, payload, raw.length, Bun.hash.crc32(raw));
}

/** As the list that it is stored as, up to the first item that is not there. */
export function encodeHead(head: Partial<OpenedBlock["head"]>): Uint8Array {
  const missing = BLOCK_HEAD.findIndex((name) => !(name in head));
  const names = missing < 0 ? BLOCK_HEAD : BLOCK_HEAD.slice(0, missing);
  return encode(names.map((name) => head[name]));
}

/** A chunk with the header of another, another payload, and all checksums mended. */
export function withPayload(
  chunk: Uint8Array,
  payload: Uint8Array,
  rawLength = payload.length,
  rawCrc = Bun.hash.crc32(Uint8Array.from(payload)),
): Uint8Array {
  const padded = new Uint8Array(Math.ceil(payload.length / 8) * 8);
  padded.set(payload);
  let header: Uint8Array = chunk.slice(0, HEADER_BYTES);
  const fields = {
    stored_length: payload.length,
    raw_length: rawLength,
    stored_crc: Bun.hash.crc32(padded),
    raw_crc: rawCrc,
  };
  for (const [field, value] of Object.entries(fields)) {
    header = withField(header, 0, field as HeaderField, BigInt(value));
  }
  return joined(header, padded);
}
