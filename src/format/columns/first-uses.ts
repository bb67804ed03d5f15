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
  #idOf: Map<number, number> | undefined;

  constructor(numbers: Float64Array) {
    this.ids = new Int32Array(numbers.length);
    const distinct: number[] = [];
    // A hash table of ids plus one, searched from a number's place on: half the time of a `Map`.
    const bits = 33 - Math.clz32(numbers.length);
    const table = new Int32Array(2 ** bits);
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      if (number < 0) {
        this.ids[i] = NONE;
        continue;
      }
      let at = Math.imul(number ^ (number / 2 ** 32), SPREAD) >>> (32 - bits);
      while (table[at] !== 0 && distinct[table[at]! - 1] !== number) at = (at + 1) % table.length;
      if (table[at] === 0) table[at] = distinct.push(number);
      this.ids[i] = table[at]! - 1;
    }
    this.distinct = distinct;
  }

  /** The position of a number, or -1 if it does not come. */
  idOf(number: number): number {
    this.#idOf ??= new Map(this.distinct.map((known, id) => [known, id]));
    return this.#idOf.get(number) ?? NONE;
  }
}
