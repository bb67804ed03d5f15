import { damaged } from "./damaged.ts";

/**
 * Reads what `PackedWriter` has written, value by value and without making any that is not asked
 * for. Anything else than the value that is asked for is `DAMAGED`.
 */
export class PackedReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A list of fewer than sixteen items: how many follow. */
  list(): number {
    const code = this.#bytes[this.#at++];
    if (code === undefined || (code & 0xf0) !== 0x90) throw damaged("a list is missing");
    return code & 15;
  }

  /** Whether a nil stands here, which is passed over then. */
  nil(): boolean {
    if (this.#bytes[this.#at] !== 0xc0) return false;
    this.#at++;
    return true;
  }

  /** Whole, from 0 to 2^53. */
  number(): number {
    const code = this.#bytes[this.#at++];
    if (code !== undefined && code < 128) return code;
    if (code === 0xcc) return this.#view.getUint8(this.#pass(1));
    if (code === 0xcd) return this.#view.getUint16(this.#pass(2));
    if (code === 0xce) return this.#view.getUint32(this.#pass(4));
    if (code !== 0xcf) throw damaged("a number is missing");
    const at = this.#pass(8);
    const value = this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
    if (value > Number.MAX_SAFE_INTEGER) throw damaged("a number is out of range");
    return value;
  }

  /** Fewer than 256 bytes, of which there must be so many. */
  bin(length: number): Uint8Array {
    if (this.#bytes[this.#at] !== 0xc4 || this.#bytes[this.#at + 1] !== length) {
      throw damaged("bytes are missing");
    }
    this.#at += 2;
    const from = this.#pass(length);
    return this.#bytes.subarray(from, this.#at);
  }

  /** All must be read. */
  finish(): void {
    if (this.#at !== this.#bytes.length) throw damaged("bytes are left over behind a value");
  }

  /** Where the next bytes begin, which must be there. */
  #pass(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) throw damaged("a payload ends inside a value");
    return from;
  }
}
