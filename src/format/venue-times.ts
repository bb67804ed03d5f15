import type { StoredValue } from "./block.ts";
import type { BlockValues } from "./block-values.ts";
import type { RowHeads } from "./columns/row-heads.ts";
import type { RowLayout } from "./row-layout.ts";

/** No row has such a time: it is none, or its text is no number. */
const NO_TIME = -1;

/** The venue's times of a block's rows: of their last `timestamp`. */
export class VenueTimes {
  readonly #heads: RowHeads;
  readonly #layout: RowLayout;
  readonly #values: BlockValues;
  /** For each row its slot, -1 without one; by form. */
  readonly #slots: Int32Array;
  /** Whether the slot is the element's, which begins with another row. */
  readonly #isElements: Uint8Array;

  constructor(
    { heads, layout }: { readonly heads: RowHeads; readonly layout: RowLayout },
    values: BlockValues,
  ) {
    this.#heads = heads;
    this.#layout = layout;
    this.#values = values;
    this.#slots = Int32Array.from(layout.forms, ({ shape }) => shape.timeSlot);
    this.#isElements = Uint8Array.from(layout.forms, ({ shape, from }) =>
      shape.timeSlot < from ? 1 : 0,
    );
  }

  /** Epoch milliseconds; -1 without one that is a whole number. */
  ms(row: number): number {
    const form = this.#layout.formOf[row]!;
    const slot = this.#slots[form]!;
    if (slot < 0) return NO_TIME;
    const own = this.#isElements[form] === 1 ? this.#heads.begins[row]! : row;
    return this.#values.timeMs(own, slot);
  }

  /** What two rows have in common whose times have the same text; `undefined` without one. */
  key(row: number): number | StoredValue | undefined {
    const ms = this.ms(row);
    if (ms !== NO_TIME) return ms;
    const form = this.#layout.formOf[row]!;
    const slot = this.#slots[form]!;
    if (slot < 0) return undefined;
    const own = this.#isElements[form] === 1 ? this.#heads.begins[row]! : row;
    const place = this.#layout.form(own).slots[slot]!;
    return this.#values.value(own, slot, place);
  }
}
