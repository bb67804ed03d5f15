import {
  CHUNK_HEADER_BYTES,
  CHUNK_KIND,
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
  missing: "chunks are missing",
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
 * hands it over. Behind whatever is not as it was written, the next sound header with the same
 * salt is looked for: not even a length that fits its own checksum says where that is, since a
 * stale sector may hold a sound header of another place.
 */
export class ChunkScanner {
  readonly #size: number;
  #offset = 0;
  /** Where the search for a sound header goes on, while in sync undefined. */
  #searchAt: number | undefined;
  /** Why it is searched, where more is known than that no header stands there. */
  #lost: Pick<Damage, "reason" | "header"> | undefined;
  #salt: number | undefined;
  /** `undefined` before the first chunk of a scan that starts inside the file. */
  #nextNumber: number | undefined;
  /** No damage since the last chunk, or since the start: then a gap is damage of its own. */
  #unbroken = true;
  #indexed = false;
  /** Sound, but told only after the damage before it. */
  #found: (ScanStep & { readonly kind: "chunk" }) | undefined;
  #header: ChunkHeader | undefined;
  #bytes: Uint8Array | undefined;
  #ended = false;

  /**
   * `size`: the file's length in bytes. `offset`: a known start of a chunk, 0 unless told. `salt`:
   * that of the first sound header unless told.
   */
  constructor(size: number, offset = 0, salt?: number) {
    this.#size = size;
    this.#offset = offset;
    this.#salt = salt;
    this.#nextNumber = offset === 0 ? 0 : undefined;
  }

  /** The bytes last asked for, in full. */
  feed(bytes: Uint8Array): void {
    this.#bytes = bytes;
  }

  step(): ScanStep {
    if (this.#ended) return { kind: "end", end: "sealed", offset: this.#offset };
    if (this.#found !== undefined) return this.#accept(this.#found);
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
      if (this.#unbroken && !this.#indexed) {
        return this.#lose(this.#offset, this.#offset, DAMAGE.missing);
      }
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
    if (header.salt !== this.#salt) return this.#resync(DAMAGE.foreign, header);
    if (header.version > FORMAT_VERSION) {
      return this.#lose(this.#offset, this.#size, DAMAGE.version, header);
    }
    if (header.storedLength > CHUNK_BYTES_MAX || header.rawLength > CHUNK_BYTES_MAX) {
      return this.#resync(DAMAGE.limit, header);
    }
    if (header.number < (this.#nextNumber ?? 0)) return this.#resync(DAMAGE.order, header);
    if (end > this.#size) return this.#resync(DAMAGE.torn, header);
    this.#header = header;
    return this.#payload(header);
  }

  #payload(header: ChunkHeader): ScanStep {
    const from = this.#offset + CHUNK_HEADER_BYTES;
    const length = paddedLength(header.storedLength);
    const bytes = this.#take() ?? (length === 0 ? new Uint8Array() : undefined);
    if (bytes === undefined) return { kind: "need", offset: from, length };
    this.#header = undefined;
    if (Bun.hash.crc32(bytes as Uint8Array<ArrayBuffer>) !== header.storedCrc) {
      return this.#resync(DAMAGE.checksum, header);
    }
    const stored = bytes.subarray(0, header.storedLength);
    const chunk = { kind: "chunk", offset: this.#offset, header, stored } as const;
    const isGap = header.number !== (this.#nextNumber ?? header.number);
    this.#nextNumber = header.number + 1;
    this.#indexed = header.kind === CHUNK_KIND.index;
    if (!isGap || !this.#unbroken) return this.#accept(chunk);
    this.#found = chunk;
    return this.#lose(this.#offset, this.#offset, DAMAGE.missing);
  }

  #accept(chunk: ScanStep & { readonly kind: "chunk" }): ScanStep {
    this.#found = undefined;
    this.#unbroken = true;
    this.#offset = chunk.offset + CHUNK_HEADER_BYTES + paddedLength(chunk.header.storedLength);
    return chunk;
  }

  /** Gives up the chunk whose header stands here, and looks for the next behind that header. */
  #resync(reason: string, header: ChunkHeader): ScanStep {
    this.#lost = { reason, header };
    this.#searchAt = this.#offset + CHUNK_HEADER_BYTES;
    return this.step();
  }

  /** Reports `[start, end)` as damaged and goes on at `end`. */
  #lose(start: number, end: number, reason: string, header?: ChunkHeader): ScanStep {
    this.#offset = end;
    this.#unbroken = false;
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
        return this.#loseUntil(from + at);
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
    return this.#loseUntil(sealed ? tailAt : this.#size);
  }

  #loseUntil(offset: number): ScanStep {
    const { reason = DAMAGE.torn, header } = this.#lost ?? {};
    this.#searchAt = undefined;
    this.#lost = undefined;
    // Only what no chunk follows may be the writer's last, unfinished one.
    const isTorn = reason === DAMAGE.torn && offset < this.#size;
    return this.#lose(this.#offset, offset, isTorn ? DAMAGE.noChunk : reason, header);
  }

  #take(): Uint8Array | undefined {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return bytes;
  }
}
