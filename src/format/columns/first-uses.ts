/** A negative number has none. */
const NONE = -1;

/** 2^32 over the golden ratio: spreads neighbours, and steps of any width. */
const SPREAD = 0x9e3779b1;

/**
 * Numbers of which many come again, each with its position in the order of first use: what is
 * known of each can then stand in an array, and only one search is paid for each.
 */
export class FirstUses {
  /** For each number its position in `distinct`, or -1 for a negative one. */
  readonly ids: Int32Array;
  /** Each number once. */
  readonly distinct: readonly number[];
  /** A hash table of ids plus one, searched from a number's place on: half the time of a `Map`. */
  readonly #table: Int32Array;

  constructor(numbers: Float64Array) {
    this.ids = new Int32Array(numbers.length);
    const distinct: number[] = [];
    const table = new Int32Array(2 ** (33 - Math.clz32(numbers.length)));
    this.#table = table;
    this.distinct = distinct;
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      if (number < 0) {
        this.ids[i] = NONE;
        continue;
      }
      const at = this.#placeOf(number);
      if (table[at] === 0) table[at] = distinct.push(number);
      this.ids[i] = table[at]! - 1;
    }
  }

  /** The position of a number, or -1 if it does not come. */
  idOf(number: number): number {
    return number < 0 ? NONE : this.#table[this.#placeOf(number)]! - 1;
  }

  /** Where a number stands in the table, or would. */
  #placeOf(number: number): number {
    const { distinct } = this;
    const table = this.#table;
    // As many high bits as a place in the table has.
    let at = Math.imul(number ^ (number / 2 ** 32), SPREAD) >>> (Math.clz32(table.length) + 1);
    while (table[at] !== 0 && distinct[table[at]! - 1] !== number) at = (at + 1) % table.length;
    return at;
  }
}
