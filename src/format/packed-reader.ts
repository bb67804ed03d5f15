import { damaged } from "./damaged.ts";

/**
 * Reads what `PackedWriter` has written, value by value and without making any that is not asked
 * for. Anything else than the value that is asked for is `DAMAGED`.
 */
export class PackedReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** Of `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
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
    if (code === 0xcc) return this.#big(1);
    if (code === 0xcd) return this.#big(2);
    if (code === 0xce) return this.#big(4);
    if (code !== 0xcf) throw damaged("a number is missing");
    const value = this.#big(8);
    if (value > Number.MAX_SAFE_INTEGER) throw damaged("a number is out of range");
    return value;
  }

  /** Fills `target` with the next bytes: fewer than 256, of which there must be as many. */
  bin(target: Uint8Array): void {
    const { length } = target;
    if (this.#bytes[this.#at] !== 0xc4 || this.#bytes[this.#at + 1] !== length) {
      throw damaged("bytes are missing");
    }
    this.#at += 2;
    const from = this.#pass(length);
    // A view for each would cost more than its bytes.
    for (let i = 0; i < length; i++) target[i] = this.#bytes[from + i]!;
  }

  /** All must be read. */
  finish(): void {
    if (this.#at !== this.#end) throw damaged("bytes are left over behind a value");
  }

  /** The number in the next bytes, the highest first. */
  #big(bytes: number): number {
    let value = 0;
    // A view for each record would cost more than all of its numbers.
    for (let at = this.#pass(bytes); at < this.#at; at++) value = value * 256 + this.#bytes[at]!;
    return value;
  }

  /** Where the next bytes begin, which must be there. */
  #pass(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    if (this.#at > this.#end) throw damaged("a payload ends inside a value");
    return from;
  }
}
