import type { BlockRow, StoredValue } from "./block.ts";
import type { BlockValues } from "./block-values.ts";
import type { RowHeads } from "./columns/row-heads.ts";
import { ODD, ODD_SIDE, SIDES } from "./columns/seeds.ts";
import type { DerivedValues } from "./derived-values.ts";
import {
  type Place,
  UPDATE_TYPES,
  type UpdateType,
  VERDICTS,
  type Verdict,
} from "./market-event.ts";
import type { RowLayout } from "./row-layout.ts";
import type { Shape } from "./shape.ts";
import type { VenueTimes } from "./venue-times.ts";

/** In millionths, what a signed 32-bit number holds. */
const PRICE_MAX = 2 ** 31 - 1;

interface RowValues {
  readonly values: BlockValues;
  readonly times: VenueTimes;
  /** Reads what follows from the book. Throws `DAMAGED`. */
  readonly derive: () => DerivedValues;
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
  readonly #derive: () => DerivedValues;
  #derived: DerivedValues | undefined;

  constructor(
    parts: { readonly heads: RowHeads; readonly layout: RowLayout },
    { values, times, derive, receivedUs }: RowValues,
  ) {
    this.heads = parts.heads;
    this.layout = parts.layout;
    this.values = values;
    this.times = times;
    this.receivedUs = receivedUs;
    this.#derive = derive;
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
    return place.isDerivable
      ? this.derived.value(row, slot, place)
      : this.values.value(row, slot, place);
  }

  /** Hashes and best prices, which a reader of columns may do without. Throws `DAMAGED`. */
  get derived(): DerivedValues {
    this.#derived ??= this.#derive();
    return this.#derived;
  }

  /** For each row the position of its type in `UPDATE_TYPES`. */
  types(): Uint8Array {
    const { kinds, kindOf, count } = this.heads;
    const codes = kinds.map(({ type }) => UPDATE_TYPES.indexOf(type));
    const types = new Uint8Array(count);
    for (let row = 0; row < count; row++) types[row] = codes[kindOf[row]!]!;
    return types;
  }

  /**
   * For each row its price and size in millionths, -1 where there is none or its text is odd, and
   * its side as a position in `SIDES`, else `ODD_SIDE`.
   */
  changes(): { prices: Int32Array; sizes: Float64Array; sides: Uint8Array } {
    const { count } = this.heads;
    const { forms, formOf } = this.layout;
    const prices = new Int32Array(count).fill(ODD);
    const sizes = new Float64Array(count).fill(ODD);
    const sides = new Uint8Array(count).fill(ODD_SIDE);
    const { changes } = this.values;
    const hasChange = Uint8Array.from(forms, (form) => (form.hasChange ? 1 : 0));
    const trades = forms.map(({ type }) => type === "last_trade_price");
    let change = 0;
    for (let row = 0; row < count; row++) {
      const form = formOf[row]!;
      if (hasChange[form] === 1) {
        const price = changes.prices[change]!;
        // Of more than 2,147 dollars: no price of the venue.
        prices[row] = price > PRICE_MAX ? ODD : price;
        sizes[row] = changes.sizes[change]!;
        sides[row] = changes.sides[change++]!;
      } else if (trades[form] === true) {
        const price = this.#millionths(row, "price");
        prices[row] = price > PRICE_MAX ? ODD : price;
        sizes[row] = this.#millionths(row, "size");
        const slot = forms[form]!.shape.lastSlots.get("side");
        const side = slot === undefined ? -1 : SIDES.indexOf(this.value(row, slot) as never);
        sides[row] = side < 0 ? ODD_SIDE : side;
      }
    }
    return { prices, sizes, sides };
  }

  #millionths(row: number, key: string): number {
    const { shape, slots, from } = this.layout.form(row);
    const slot = shape.lastSlots.get(key);
    // Of a shape that no trade of the venue has.
    if (slot === undefined || slot < from) return ODD;
    return this.values.millionths(row, slots[slot]!);
  }

  verdict(row: number): Verdict {
    return VERDICTS[this.heads.verdicts[row]!]!;
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
    return this.#rows.verdict(this.#row);
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
