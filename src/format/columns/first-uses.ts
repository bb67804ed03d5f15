/** A negative number has none. */
const NONE = -1;

/**
 * Numbers of which many come again, each with its position in the order of first use: what is
 * known of each can then stand in an array, and only one look at a map is paid for each.
 */
export class FirstUses {
  /** For each number its position in `distinct`, or -1 for a negative one. */
  readonly ids: Int32Array;
  /** Each number once. */
  readonly distinct: readonly number[];
  readonly #ids = new Map<number, number>();

  constructor(numbers: Float64Array) {
    this.ids = new Int32Array(numbers.length);
    const distinct: number[] = [];
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      let id = number < 0 ? NONE : this.#ids.get(number);
      if (id === undefined) {
        id = distinct.length;
        distinct.push(number);
        this.#ids.set(number, id);
      }
      this.ids[i] = id;
    }
    this.distinct = distinct;
  }

  /** The position of a number, or -1 if it does not come. */
  idOf(number: number): number {
    return this.#ids.get(number) ?? NONE;
  }
}
