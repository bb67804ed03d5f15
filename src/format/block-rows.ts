import type { BlockRow, StoredValue } from "./block.ts";
import type { BlockValues } from "./block-values.ts";
import type { RowHeads } from "./columns/row-heads.ts";
import type { DerivedValues } from "./derived-values.ts";
import { type Place, type UpdateType, VERDICTS, type Verdict } from "./market-event.ts";
import type { RowLayout } from "./row-layout.ts";
import type { Shape } from "./shape.ts";
import { isDerivable } from "./stream.ts";
import type { VenueTimes } from "./venue-times.ts";

interface RowValues {
  readonly values: BlockValues;
  readonly times: VenueTimes;
  readonly derived: DerivedValues;
  readonly receivedUs: Float64Array;
}

/** A block's rows as the columns that they were stored in: nothing is spelled before it is wanted. */
export class BlockRows {
  readonly heads: RowHeads;
  readonly layout: RowLayout;
  readonly values: BlockValues;
  readonly times: VenueTimes;
  /** For each row, whole microseconds since the epoch. */
  readonly receivedUs: Float64Array;
  readonly #derived: DerivedValues;

  constructor(
    parts: { readonly heads: RowHeads; readonly layout: RowLayout },
    { values, times, derived, receivedUs }: RowValues,
  ) {
    this.heads = parts.heads;
    this.layout = parts.layout;
    this.values = values;
    this.times = times;
    this.receivedUs = receivedUs;
    this.#derived = derived;
  }

  get count(): number {
    return this.heads.count;
  }

  /** What a slot of a row holds. */
  value(row: number, slot: number): StoredValue {
    const form = this.layout.form(row);
    // It is of the element, which has begun with another row.
    if (slot < form.from) return this.value(this.heads.begins[row]!, slot);
    const place = form.slots[slot]!;
    return place.stream >= 0 && isDerivable(form.shape.slots[slot]!.key)
      ? this.#derived.value(row, slot, place)
      : this.values.value(row, slot, place);
  }

  row(row: number): BlockRow {
    return new ColumnRow(this, row);
  }
}

/** One row, which makes its values when they are asked for. */
class ColumnRow implements BlockRow {
  readonly #rows: BlockRows;
  readonly #row: number;

  constructor(rows: BlockRows, row: number) {
    this.#rows = rows;
    this.#row = row;
  }

  get type(): UpdateType {
    return this.#rows.heads.kind(this.#row).type;
  }

  get shape(): Shape {
    return this.#rows.heads.kind(this.#row).shape;
  }

  get socket(): number {
    return this.#rows.heads.kind(this.#row).socket;
  }

  get place(): Place {
    return this.#rows.heads.place(this.#row);
  }

  get verdict(): Verdict {
    return VERDICTS[this.#rows.heads.verdicts[this.#row]!]!;
  }

  get receivedUs(): number {
    return this.#rows.receivedUs[this.#row]!;
  }

  get values(): readonly StoredValue[] {
    return this.shape.slots.map((_, slot) => this.storedAt(slot));
  }

  storedAt(slot: number): StoredValue {
    return this.#rows.value(this.#row, slot);
  }
}
