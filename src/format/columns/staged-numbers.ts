import { ByteReader, ByteWriter } from "../bytes.ts";

/**
 * Numbers that wait for their block to be packed. Thousands of tokens wait at a time, so they
 * wait as varints, and cost nothing while all are equal.
 */
export class StagedNumbers {
  /** Of the numbers from the first one on that is another than those before. */
  #bytes: ByteWriter | undefined;
  #first = 0;
  #equal = 0;
  #count = 0;

  /** A whole number from 0 to 2^53 - 1. */
  add(value: number): void {
    if (this.#count === 0) this.#first = value;
    if (this.#equal === this.#count && value === this.#first) this.#equal++;
    else {
      this.#bytes ??= new ByteWriter();
      this.#bytes.varint(value);
    }
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** What it takes in memory. */
  get bytes(): number {
    return this.#bytes?.length ?? 0;
  }

  /** The one value of all, if there is just one; 0 without values. */
  get constant(): number | undefined {
    return this.#equal === this.#count ? this.#first : undefined;
  }

  /** All as varints: those that are equal, and the rest as it waits. */
  varints(): Uint8Array {
    const bytes = new ByteWriter();
    for (let i = 0; i < this.#equal; i++) bytes.varint(this.#first);
    if (this.#bytes !== undefined) bytes.append(this.#bytes.view());
    return bytes.view();
  }

  values(): Float64Array {
    const values = new Float64Array(this.#count);
    values.fill(this.#first, 0, this.#equal);
    if (this.#bytes === undefined) return values;
    const bytes = new ByteReader(this.#bytes.view());
    for (let i = this.#equal; i < values.length; i++) values[i] = bytes.varint();
    return values;
  }
}
