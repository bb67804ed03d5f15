const GROWTH = 1.125;
const SPARE_BYTES = 128;
/** A text this much smaller than its buffer gets a smaller one. */
const SHRINK_FACTOR = 2;
const SHRINK_BYTES = 1024;

/** A text as bytes that is changed in place: the first `length` of `bytes`, with room to grow. */
export class SplicedBytes {
  bytes: Uint8Array;
  length: number;
  /** Kept because a subarray costs 77 ns; of another length or buffer when it is stale. */
  #view: Uint8Array;

  constructor(text: Uint8Array, spareBytes = SPARE_BYTES) {
    this.bytes = new Uint8Array(text.length + spareBytes);
    this.bytes.set(text);
    this.length = text.length;
    this.#view = this.bytes.subarray(0, this.length);
  }

  copy(): SplicedBytes {
    return new SplicedBytes(this.bytes.subarray(0, this.length), 0);
  }

  get view(): Uint8Array {
    if (this.#view.length !== this.length) this.#view = this.bytes.subarray(0, this.length);
    return this.#view;
  }

  /** Moves everything from `at` on by `delta` bytes. */
  move(at: number, delta: number): void {
    const length = this.length + delta;
    this.reserve(length);
    this.bytes.copyWithin(at + delta, at, this.length);
    this.length = length;
  }

  /** Makes room for a text of `length` bytes. */
  reserve(length: number): void {
    if (length > this.bytes.length) this.#resize(length);
  }

  /** Gives back room that the text has not needed for long. */
  shrink(): void {
    if (this.bytes.length > this.length * SHRINK_FACTOR + SHRINK_BYTES) this.#resize(this.length);
  }

  #resize(length: number): void {
    const bytes = new Uint8Array(Math.ceil(length * GROWTH) + SPARE_BYTES);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.#view = bytes.subarray(0, this.length);
  }
}
