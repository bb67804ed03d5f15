import type { StoredValue } from "./block.ts";
import type { BlockValues } from "./block-values.ts";
import type { RowHeads } from "./columns/row-heads.ts";
import type { RowLayout } from "./row-layout.ts";

/** No row has such a time: it is none, or its text is no whole number. */
export const NO_TIME = -1;

/** In place of where a form's time stands: nowhere, or in an element that began with a row before. */
const NO_SLOT = -1;
const OF_ELEMENT = -2;

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
    this.ms = this.#ofRows();
  }

  /** Whether two rows without a time have the same text for it, or none both. */
  isSame(row: number, other: number): boolean {
    return this.#text(row) === this.#text(other);
  }

  #ofRows(): Float64Array {
    const { forms, formOf, streams } = this.#layout;
    const ms = new Float64Array(formOf.length);
    const stream = streams.findIndex(({ key }) => key === "timestamp");
    if (stream < 0) return ms.fill(NO_TIME);
    const times = this.#values.times(stream);
    const uses = Int32Array.from(forms, (form) => form.uses[stream]!);
    const offsets = Int32Array.from(forms, ({ shape, from, slots }) => {
      if (shape.timeSlot < 0) return NO_SLOT;
      return shape.timeSlot < from ? OF_ELEMENT : slots[shape.timeSlot]!.offset;
    });
    let next = 0;
    for (let row = 0; row < ms.length; row++) {
      const form = formOf[row]!;
      const offset = offsets[form]!;
      if (offset >= 0) ms[row] = times[next + offset]!;
      else ms[row] = offset === OF_ELEMENT ? ms[row - 1]! : NO_TIME;
      next += uses[form]!;
    }
    return ms;
  }

  #text(row: number): StoredValue | undefined {
    const slot = this.#layout.form(row).shape.timeSlot;
    if (slot < 0) return undefined;
    const own = slot < this.#layout.form(row).from ? this.#heads.begins[row]! : row;
    return this.#values.value(own, slot, this.#layout.form(own).slots[slot]!);
  }
}
