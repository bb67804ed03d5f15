import { FIXED_STREAMS } from "./block.ts";
import type { RowHeads } from "./columns/row-heads.ts";
import { damaged } from "./damaged.ts";
import { BLOCK_STREAMS_MAX, STREAM_VALUES_MAX } from "./limits.ts";
import type { UpdateType } from "./market-event.ts";
import { changeSlotsOf } from "./row-streams.ts";
import type { Shape } from "./shape.ts";
import { isDerivable } from "./stream.ts";

/** Rows with the same slots of their own. */
export interface RowForm {
  readonly type: UpdateType;
  readonly shape: Shape;
  /** The first slot that is the row's own: those before it are its element's. */
  readonly from: number;
  /** It has the change of a level of its own. */
  readonly hasChange: boolean;
  /** For each of its own slots where its value stands. */
  readonly slots: readonly (SlotPlace | undefined)[];
  /** How many values it has of each stream. */
  readonly uses: Int32Array;
}

export interface SlotPlace {
  /** Position in `streams`; -1 for a part of a change. */
  readonly stream: number;
  /** Behind the row's first value of the stream, or the part of the change. */
  readonly offset: number;
  /** It need not be stored where it follows from the book. */
  readonly isDerivable: boolean;
}

/** A stream of a key: all its values in the order in which rows use them. */
export interface KeyStream {
  readonly key: string;
  /** Under which its odd texts stand. */
  readonly number: number;
  /** Values that rows have of it, stored or not. */
  readonly count: number;
}

/** Which value of which stream each slot of each row is. docs/FORMAT.md, "Streams". */
export class RowLayout {
  readonly forms: readonly RowForm[];
  /** For each row the position of its form. */
  readonly formOf: Uint16Array;
  /** In the order in which the rows' shapes first name them. */
  readonly streams: readonly KeyStream[];
  /** Rows that have a change of their own. */
  readonly changes: number;
  /** By stream, as they are asked for. */
  readonly #before: Int32Array[] = [];
  #changesBefore: Int32Array | undefined;

  constructor(heads: RowHeads) {
    const { keys, forms, formOf } = new FormsOfRows(heads);
    this.forms = forms;
    this.formOf = formOf;
    if (keys.length + FIXED_STREAMS.length > BLOCK_STREAMS_MAX) {
      throw damaged("a block has too many streams or values");
    }
    const rows = new Int32Array(forms.length);
    for (let row = 0; row < formOf.length; row++) rows[formOf[row]!]!++;
    const valuesOf = (uses: (form: RowForm) => number) =>
      forms.reduce((sum, form, i) => sum + uses(form) * rows[i]!, 0);
    this.streams = keys.map((key, i) => {
      const count = valuesOf((form) => form.uses[i]!);
      return { key, number: FIXED_STREAMS.length + i, count };
    });
    if (this.streams.reduce((sum, { count }) => sum + count, 0) > STREAM_VALUES_MAX) {
      throw damaged("a block has too many streams or values");
    }
    this.changes = valuesOf(({ hasChange }) => (hasChange ? 1 : 0));
  }

  form(row: number): RowForm {
    return this.forms[this.formOf[row]!]!;
  }

  /** For each row where its values of a stream begin in it. */
  before(stream: number): Int32Array {
    this.#before[stream] ??= this.#sums((form) => form.uses[stream]!);
    return this.#before[stream];
  }

  /** For each row the position of its own change. */
  get changesBefore(): Int32Array {
    this.#changesBefore ??= this.#sums(({ hasChange }) => (hasChange ? 1 : 0));
    return this.#changesBefore;
  }

  #sums(usesOf: (form: RowForm) => number): Int32Array {
    const { formOf } = this;
    const uses = Int32Array.from(this.forms, usesOf);
    const before = new Int32Array(formOf.length);
    let sum = 0;
    for (let row = 0; row < before.length; row++) {
      before[row] = sum;
      sum += uses[formOf[row]!]!;
    }
    return before;
  }
}

/** Finds the forms of rows, and the keys in the order in which they are first named. */
class FormsOfRows {
  readonly forms: RowForm[] = [];
  readonly formOf: Uint16Array;
  readonly keys: string[] = [];
  readonly #places = new Map<string, number>();

  constructor(heads: RowHeads) {
    const { count, kindOf, goesOn } = heads;
    const formOf = new Uint16Array(count);
    this.formOf = formOf;
    // By kind and whether the row goes on; one more than the form's position.
    const known = new Uint16Array(heads.kinds.length * 2);
    for (let row = 0; row < count; row++) {
      const at = kindOf[row]! * 2 + goesOn[row]!;
      if (known[at] === 0) known[at] = 1 + this.#find(heads.kind(row), goesOn[row] === 1);
      formOf[row] = known[at]! - 1;
    }
    const { length } = this.keys;
    this.forms = this.forms.map((form) => {
      const uses = new Int32Array(length);
      uses.set(form.uses);
      return { ...form, uses };
    });
  }

  #find({ type, shape }: Pick<RowForm, "type" | "shape">, goesOn: boolean): number {
    const from = goesOn ? shape.elementSlots : 0;
    const found = this.forms.findIndex(
      (form) => form.type === type && form.shape === shape && form.from === from,
    );
    return found < 0 ? this.forms.push(this.#form(type, shape, from)) - 1 : found;
  }

  #form(type: UpdateType, shape: Shape, from: number): RowForm {
    const change = changeSlotsOf(type, shape);
    const uses: number[] = [];
    const slots = shape.slots.map(({ key }, slot): SlotPlace | undefined => {
      const part = change?.indexOf(slot) ?? -1;
      if (part >= 0)
        return slot < from ? undefined : { stream: -1, offset: part, isDerivable: false };
      let stream = this.#places.get(key);
      if (stream === undefined) {
        stream = this.keys.push(key) - 1;
        this.#places.set(key, stream);
      }
      if (slot < from) return undefined;
      const offset = uses[stream] ?? 0;
      uses[stream] = offset + 1;
      return { stream, offset, isDerivable: isDerivable(key) };
    });
    const counts = Int32Array.from({ length: this.keys.length }, (_, i) => uses[i] ?? 0);
    const hasChange = change !== undefined && change[0] >= from;
    return { type, shape, from, hasChange, slots, uses: counts };
  }
}
