/** Blocks have a handful of rows or a thousand: these are two steps away. */
const ROOM = 32;
const GROWTH = 8;

/** Numbers of a column that is being packed. */
export class NumberList {
  #values = new Float64Array(ROOM);
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length) this.#grow();
    this.#values[this.#count++] = value;
  }

  get count(): number {
    return this.#count;
  }

  /** All so far: no copy. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#count);
  }

  #grow(): void {
    const grown = new Float64Array(this.#values.length * GROWTH);
    grown.set(this.#values);
    this.#values = grown;
  }
}
