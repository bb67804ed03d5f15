import { TICKS_MAX } from "./price-ticks.ts";

const GROWTH = 1.125;
const SPARE_LEVELS = 8;
const SHRINK_FACTOR = 2;
const SHRINK_LEVELS = 64;

/**
 * Where the levels of one side stand in the book's bytes: typed arrays, no object per level.
 * Ordered as the venue lists them, so the best level is the last, where updates cluster. Only
 * lengths are kept, no offsets: a change moves none of them, and walking back from the end is
 * faster than a search up to some 200 levels.
 */
export class BookSide {
  /** Ascending on both sides: ticks of bids, `TICKS_MAX` less those of asks. */
  keys: Uint16Array;
  /** Bytes of each level. */
  lengths: Uint8Array;
  count: number;
  /** Offset behind the last level in the book's bytes. */
  end: number;
  readonly #isAsks: boolean;

  constructor(isAsks: boolean, end: number, from?: BookSide) {
    this.#isAsks = isAsks;
    this.end = end;
    this.count = from?.count ?? 0;
    this.keys = from?.keys.slice(0, this.count) ?? new Uint16Array(0);
    this.lengths = from?.lengths.slice(0, this.count) ?? new Uint8Array(0);
  }

  keyOf(ticks: number): number {
    return this.#isAsks ? TICKS_MAX - ticks : ticks;
  }

  insert(index: number, key: number, length: number): void {
    if (this.count === this.keys.length)
      this.#resize(Math.ceil(this.count * GROWTH) + SPARE_LEVELS);
    const { keys, lengths } = this;
    // Nearly always a few steps: copyWithin costs more to call.
    for (let i = this.count; i > index; i--) {
      keys[i] = keys[i - 1]!;
      lengths[i] = lengths[i - 1]!;
    }
    keys[index] = key;
    lengths[index] = length;
    this.count++;
  }

  remove(index: number): void {
    const { keys, lengths } = this;
    this.count--;
    for (let i = index; i < this.count; i++) {
      keys[i] = keys[i + 1]!;
      lengths[i] = lengths[i + 1]!;
    }
  }

  reserve(count: number): void {
    if (count > this.keys.length) this.#resize(count + SPARE_LEVELS);
  }

  /** Gives back the room of levels that are gone. */
  shrink(): void {
    if (this.keys.length > SHRINK_FACTOR * this.count + SHRINK_LEVELS) this.#resize(this.count);
  }

  get byteSize(): number {
    return this.keys.byteLength + this.lengths.byteLength;
  }

  #resize(capacity: number): void {
    const { keys, lengths } = this;
    this.keys = new Uint16Array(capacity);
    this.keys.set(keys.subarray(0, this.count));
    this.lengths = new Uint8Array(capacity);
    this.lengths.set(lengths.subarray(0, this.count));
  }
}
