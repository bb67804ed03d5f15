import { ByteWriter } from "../bytes.ts";
import { damaged } from "../damaged.ts";

/** Bit operators work on 32 bits: with up to 7 bits pending, pieces of this size fit. */
const PIECE = 24;

/** Bits that look random, each value's lowest first, packed into bytes from the lowest bit up. */
export class BitWriter {
  readonly #bytes = new ByteWriter();
  #pending = 0;
  #used = 0;

  /** In bits. */
  get length(): number {
    return this.#bytes.length * 8 + this.#used;
  }

  write(value: number, bits: number): void {
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
    if (this.#used > 0) this.#bytes.byte(this.#pending);
    return this.#bytes.view();
  }

  #piece(value: number, bits: number): void {
    let pending = this.#pending | (value << this.#used);
    let used = this.#used + bits;
    for (; used >= 8; used -= 8) {
      this.#bytes.byte(pending & 255);
      pending >>>= 8;
    }
    this.#pending = pending;
    this.#used = used;
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
