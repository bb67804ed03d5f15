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
  /** With four more behind them: a piece is cut out of as many, and may be none. */
  readonly #bytes: Uint8Array;
  /** In bits, like the place where it is. */
  readonly #length: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.length + 4);
    this.#bytes.set(bytes);
    this.#length = bytes.length * 8;
  }

  read(bits: number): number {
    if (bits <= PIECE) return this.#piece(bits);
    const low = this.#piece(PIECE);
    return low + this.read(bits - PIECE) * 2 ** PIECE;
  }

  /** Less than a byte may be left, and all of it zero. */
  finish(): void {
    const left = this.#length - this.#at;
    if (left >= 8 || this.#piece(left) !== 0) throw damaged("bits are left over in a block");
  }

  #piece(bits: number): number {
    const from = this.#at;
    this.#at = from + bits;
    if (this.#at > this.#length) throw damaged("a value runs past the bits of its block");
    const bytes = this.#bytes;
    const at = from >> 3;
    const four =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    return (four >>> (from & 7)) & ((1 << bits) - 1);
  }
}
