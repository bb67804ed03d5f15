import { damaged } from "../damaged.ts";

/** Bit operators work on 32 bits: with up to 7 bits pending, pieces of this size fit. */
const PIECE = 24;

const BUFFER_BYTES = 64;
/** Three pieces of 53 bits, and those that were pending. */
const WRITE_BYTES_MAX = 12;

/** Bits that look random, each value's lowest first, packed into bytes from the lowest bit up. */
export class BitWriter {
  /** A buffer of its own: one check of its length for each value, not for each byte. */
  #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  /** Less than a byte. */
  #pending = 0;
  #used = 0;

  /** In bits. */
  get length(): number {
    return this.#length * 8 + this.#used;
  }

  write(value: number, bits: number): void {
    if (this.#length + WRITE_BYTES_MAX > this.#buffer.length) this.#grow();
    let rest = value;
    let left = bits;
    for (; left > PIECE; left -= PIECE) {
      const high = Math.floor(rest / 2 ** PIECE);
      this.#piece(rest - high * 2 ** PIECE, PIECE);
      rest = high;
    }
    this.#piece(rest, left);
  }

  /** All bits so far, filled up with zeros. Nothing can be written after it. */
  finish(): Uint8Array {
    if (this.#used > 0) this.write(0, 8 - this.#used);
    return this.#buffer.subarray(0, this.#length);
  }

  #piece(value: number, bits: number): void {
    const buffer = this.#buffer;
    const at = this.#length;
    const pending = this.#pending | (value << this.#used);
    const used = this.#used + bits;
    // Always four: a branch for each byte would often be foreseen wrong.
    buffer[at] = pending;
    buffer[at + 1] = pending >> 8;
    buffer[at + 2] = pending >> 16;
    buffer[at + 3] = pending >> 24;
    const whole = used >> 3;
    this.#length = at + whole;
    this.#pending = pending >>> (whole * 8);
    this.#used = used & 7;
  }

  #grow(): void {
    const grown = new Uint8Array(this.#buffer.length * 2);
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}

/** The reverse of `BitWriter`. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #pending = 0;
  #left = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(bits: number): number {
    let value = 0;
    let done = 0;
    for (; bits - done > PIECE; done += PIECE) value += this.#piece(PIECE) * 2 ** done;
    return value + this.#piece(bits - done) * 2 ** done;
  }

  /** Less than a byte may be left, and all of it zero. */
  finish(): void {
    if (this.#at !== this.#bytes.length || this.#pending !== 0) {
      throw damaged("bits are left over in a block");
    }
  }

  #piece(bits: number): number {
    while (this.#left < bits) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw damaged("a value runs past the bits of its block");
      this.#pending |= byte << this.#left;
      this.#left += 8;
    }
    const value = this.#pending & (2 ** bits - 1);
    this.#pending >>>= bits;
    this.#left -= bits;
    return value;
  }
}
