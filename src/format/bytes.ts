import { damaged } from "./damaged.ts";
import { unzigzag, zigzag } from "./zigzag.ts";

/** Of 53 bits. */
const VARINT_BYTES_MAX = 8;
/** Below, bit operators do: they are several times faster than arithmetic. */
const BIT_OPERATORS_BELOW = 2 ** 31;
/** So many bits of a varint are read by bit operators. */
const SHIFT_END = 28;

const BUFFER_BYTES_MIN = 32;
/** Thousands of blocks wait at a time: what they do not use counts more than a copy. */
const GROWTH = 1.2;
const GROWTH_BYTES = 128;
/** Most writers of a quiet token's block never write. */
const NO_BUFFER = new Uint8Array();

/** Unsigned integers up to 2^53 as little-endian base-128 varints, written to a growing buffer. */
export class ByteWriter {
  #buffer = NO_BUFFER;
  #length = 0;

  varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    if (value < 128) this.#buffer[this.#length++] = value;
    else this.#long(value);
  }

  #long(value: number): void {
    const buffer = this.#buffer;
    let at = this.#length;
    let large = value;
    while (large >= BIT_OPERATORS_BELOW) {
      const rest = Math.floor(large / 128);
      buffer[at++] = (large - rest * 128) | 128;
      large = rest;
    }
    let small = large | 0;
    while (small >= 128) {
      buffer[at++] = (small & 127) | 128;
      small >>= 7;
    }
    buffer[at++] = small;
    this.#length = at;
  }

  /** A signed integer of at most 52 bits, small magnitudes short. */
  zigzag(value: number): void {
    this.varint(zigzag(value));
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far: a view, valid until the next write. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more > this.#buffer.length) this.#grow(more);
  }

  #grow(more: number): void {
    const needed = Math.max(this.#length + more, BUFFER_BYTES_MIN);
    const { length } = this.#buffer;
    const wanted = Math.ceil(Math.max(length * GROWTH, length + Math.min(length, GROWTH_BYTES)));
    const grown = new Uint8Array(Math.max(needed, wanted));
    grown.set(this.view());
    this.#buffer = grown;
  }
}

/** The reverse of `ByteWriter`; every step past the end or out of range is damage. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < SHIFT_END; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw damaged("a varint runs past its column");
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    let scale = 2 ** SHIFT_END;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw damaged("a varint runs past its column");
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) throw damaged("a varint is longer than 53 bits");
    }
    if (value > Number.MAX_SAFE_INTEGER) throw damaged("a varint is longer than 53 bits");
    return value;
  }

  zigzag(): number {
    return unzigzag(this.varint());
  }

  get position(): number {
    return this.#at;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw damaged("a value runs past its column");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** What is left must be so long. */
  expect(length: number): void {
    if (this.#bytes.length - this.#at !== length) throw damaged("a column has another length");
  }

  /** A column holds exactly its values: bytes left over are damage. */
  finish(): void {
    if (this.#at !== this.#bytes.length) throw damaged("bytes are left over in a column");
  }
}
