import type { StoredValue } from "./block.ts";
import type { BlockValues } from "./block-values.ts";
import type { RowHeads } from "./columns/row-heads.ts";
import type { RowLayout } from "./row-layout.ts";

/** No row has such a time: it is none, or its text is no whole number. */
export const NO_TIME = -1;

/** The venue's times of a block's rows: of their last `timestamp`. */
export class VenueTimes {
  /** For each row, epoch milliseconds, or `NO_TIME`. */
  readonly ms: Float64Array;
  readonly #heads: RowHeads;
  readonly #layout: RowLayout;
  readonly #values: BlockValues;

  constructor(
    { heads, layout }: { readonly heads: RowHeads; readonly layout: RowLayout },
    values: BlockValues,
  ) {
    this.#heads = heads;
    this.#layout = layout;
    this.#values = values;
    const { forms, formOf } = layout;
    const ms = new Float64Array(heads.count).fill(NO_TIME);
    const isElements = new Uint8Array(forms.length);
    for (const [number, { shape, from, slots }] of forms.entries()) {
      const slot = shape.timeSlot;
      if (slot < 0) continue;
      if (slot >= from) values.readTimes(ms, number, slots[slot]!);
      else isElements[number] = 1;
    }
    // Of an element that has begun with a row before.
    for (let row = 1; row < ms.length; row++) {
      if (isElements[formOf[row]!] === 1) ms[row] = ms[row - 1]!;
    }
    this.ms = ms;
  }

  /** Whether two rows without a time have the same text for it, or none both. */
  isSame(row: number, other: number): boolean {
    return this.#text(row) === this.#text(other);
  }

  #text(row: number): StoredValue | undefined {
    const slot = this.#layout.form(row).shape.timeSlot;
    if (slot < 0) return undefined;
    const own = slot < this.#layout.form(row).from ? this.#heads.begins[row]! : row;
    return this.#values.value(own, slot, this.#layout.form(own).slots[slot]!);
  }
}
