import {
  CHUNK_HEADER_BYTES,
  type ChunkHeader,
  decodeHeader,
  findMagic,
  paddedLength,
} from "./chunk.ts";
import { CHUNK_BYTES_MAX, FORMAT_VERSION } from "./limits.ts";
import { decodeTail, TAIL_BYTES } from "./segment-end.ts";

/** What is wrong with a place in a file, as a sentence about it. */
export const DAMAGE = {
  torn: "the file ends inside a chunk",
  checksum: "a payload fails its checksum",
  noChunk: "bytes that are no chunk",
  foreign: "a chunk of another file",
  order: "a chunk out of its place",
  limit: "a chunk over the limit",
  version: "a newer format version than this program reads",
  afterTail: "bytes after the tail",
} as const;

/** A place in a file where chunks are not as they were written. */
export interface Damage {
  readonly offset: number;
  readonly length: number;
  /** One of `DAMAGE`, or what a decoder said of the payload. */
  readonly reason: string;
  /** Of the chunk concerned, where its header survived. */
  readonly header?: ChunkHeader;
}

/** How a file ends: with its tail, or without. */
export type FileEnd = "sealed" | "open";

export type ScanStep =
  | { readonly kind: "need"; readonly offset: number; readonly length: number }
  | {
      readonly kind: "chunk";
      readonly offset: number;
      readonly header: ChunkHeader;
      /** The payload as stored, without padding, its checksum verified. */
      readonly stored: Uint8Array;
    }
  | { readonly kind: "damage"; readonly damage: Damage }
  | { readonly kind: "end"; readonly end: FileEnd; readonly offset: number };

/** How much is read at a time while looking for the next sound header. */
const SEARCH_BYTES = 64 * 1024;

/**
 * Walks the chunks of a file without touching one: `step` says what it wants to read, `feed`
 * hands it over. A chunk that fails its checksum costs just itself; after a broken header the
 * next sound one with the same salt is looked for.
 */
export class ChunkScanner {
  readonly #size: number;
  #offset = 0;
  /** Where the search for a sound header goes on, while in sync undefined. */
  #searchAt: number | undefined;
  #salt: number | undefined;
  #nextNumber = 0;
  #header: ChunkHeader | undefined;
  #bytes: Uint8Array | undefined;
  #ended = false;

  /** `size`: the file's length in bytes. `offset`: a known start of a chunk, 0 unless told. */
  constructor(size: number, offset = 0) {
    this.#size = size;
    this.#offset = offset;
  }

  /** The bytes last asked for, in full. */
  feed(bytes: Uint8Array): void {
    this.#bytes = bytes;
  }

  step(): ScanStep {
    if (this.#ended) return { kind: "end", end: "sealed", offset: this.#offset };
    if (this.#searchAt !== undefined) return this.#search(this.#searchAt);
    if (this.#header !== undefined) return this.#payload(this.#header);
    const rest = this.#size - this.#offset;
    if (rest === 0) return { kind: "end", end: "open", offset: this.#offset };
    const bytes = this.#take();
    if (bytes === undefined) {
      return { kind: "need", offset: this.#offset, length: Math.min(rest, CHUNK_HEADER_BYTES) };
    }
    return this.#headerOrTail(bytes, rest);
  }

  #headerOrTail(bytes: Uint8Array, rest: number): ScanStep {
    const header = decodeHeader(bytes);
    if (header !== undefined) return this.#enter(header);
    const tail = bytes.subarray(0, TAIL_BYTES);
    if (this.#salt !== undefined && decodeTail(tail, this.#salt) !== undefined) {
      const end = this.#offset + TAIL_BYTES;
      if (rest === TAIL_BYTES) {
        this.#ended = true;
        return { kind: "end", end: "sealed", offset: end };
      }
      return this.#lose(end, this.#size, DAMAGE.afterTail);
    }
    this.#searchAt = this.#offset + 1;
    return this.step();
  }

  #enter(header: ChunkHeader): ScanStep {
    this.#salt ??= header.salt;
    const end = this.#offset + CHUNK_HEADER_BYTES + paddedLength(header.storedLength);
    if (header.salt !== this.#salt) {
      return this.#lose(this.#offset, Math.min(end, this.#size), DAMAGE.foreign, header);
    }
    if (header.version > FORMAT_VERSION) {
      return this.#lose(this.#offset, this.#size, DAMAGE.version, header);
    }
    if (header.storedLength > CHUNK_BYTES_MAX || header.rawLength > CHUNK_BYTES_MAX) {
      return this.#lose(this.#offset, Math.min(end, this.#size), DAMAGE.limit, header);
    }
    if (end > this.#size) return this.#lose(this.#offset, this.#size, DAMAGE.torn, header);
    if (header.number < this.#nextNumber) {
      return this.#lose(this.#offset, end, DAMAGE.order, header);
    }
    this.#header = header;
    return this.#payload(header);
  }

  #payload(header: ChunkHeader): ScanStep {
    const from = this.#offset + CHUNK_HEADER_BYTES;
    const length = paddedLength(header.storedLength);
    const bytes = this.#take() ?? (length === 0 ? new Uint8Array() : undefined);
    if (bytes === undefined) return { kind: "need", offset: from, length };
    this.#header = undefined;
    this.#nextNumber = header.number + 1;
    if (Bun.hash.crc32(bytes as Uint8Array<ArrayBuffer>) !== header.storedCrc) {
      return this.#lose(this.#offset, from + length, DAMAGE.checksum, header);
    }
    const offset = this.#offset;
    this.#offset = from + length;
    return { kind: "chunk", offset, header, stored: bytes.subarray(0, header.storedLength) };
  }

  /** Reports `[start, end)` as damaged and goes on at `end`. */
  #lose(start: number, end: number, reason: string, header?: ChunkHeader): ScanStep {
    this.#offset = end;
    const damage = { offset: start, length: end - start, reason };
    return { kind: "damage", damage: header === undefined ? damage : { ...damage, header } };
  }

  #search(from: number): ScanStep {
    const length = Math.min(SEARCH_BYTES, this.#size - from);
    const bytes = this.#take();
    if (bytes === undefined && length > 0) return { kind: "need", offset: from, length };
    const window = bytes ?? new Uint8Array();
    for (let at = findMagic(window, 0); at >= 0; at = findMagic(window, at + 1)) {
      const header = decodeHeader(window, at);
      if (header !== undefined && header.salt === (this.#salt ?? header.salt)) {
        return this.#found(from + at);
      }
    }
    if (from + length < this.#size) {
      // A header may straddle two windows.
      this.#searchAt = from + length - CHUNK_HEADER_BYTES + 1;
      return this.step();
    }
    const tailAt = this.#size - TAIL_BYTES;
    const tail = window.subarray(Math.max(0, window.length - TAIL_BYTES));
    const sealed = this.#salt !== undefined && decodeTail(tail, this.#salt) !== undefined;
    return this.#found(sealed ? tailAt : this.#size);
  }

  #found(offset: number): ScanStep {
    this.#searchAt = undefined;
    const torn = offset === this.#size;
    return this.#lose(this.#offset, offset, torn ? DAMAGE.torn : DAMAGE.noChunk);
  }

  #take(): Uint8Array | undefined {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return bytes;
  }
}
