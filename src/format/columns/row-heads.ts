import { damaged } from "../damaged.ts";
import { knownTypeOf } from "../known-shapes.ts";
import { type Place, UPDATE_TYPES, type UpdateType, VERDICTS } from "../market-event.ts";
import type { Shape } from "../shape.ts";
import { foreseenVerdict } from "./row-columns.ts";
import { type RowKind, readKinds } from "./row-kinds.ts";
import type { Unpacking } from "./unpacking.ts";

/** What the first row of an element has beside values, verdict and time. */
export interface HeadKind {
  readonly type: UpdateType;
  readonly shape: Shape;
  readonly socket: number;
  readonly place: Place;
}

/** What a block's rows have beside their values and times, in columns. */
export class RowHeads {
  readonly count: number;
  readonly kinds: readonly HeadKind[];
  /** For each row the position of its element's kind. */
  readonly kindOf: Uint16Array;
  /** 1 for a row that has the values of the element, and the time, of the row before. */
  readonly goesOn: Uint8Array;
  /** Positions in `VERDICTS`. */
  readonly verdicts: Uint8Array;
  /** Rows that begin an element. */
  readonly elements: number;
  /** From an entry to the next one of the same token. */
  readonly #step: number;
  #begins: Int32Array | undefined;

  constructor(unpacking: Unpacking, count: number, shapes: readonly Shape[]) {
    const { parameters } = unpacking;
    const step = parameters.varint();
    const begun = step === 0 ? count : parameters.varint();
    if (begun > count) throw damaged("a block has too many elements");
    const verdicts = unpacking.numbers();
    const { table, positions } = readKinds(unpacking, begun);
    const stops = step === 0 ? undefined : unpacking.numbers();
    const kinds = table.map((kind) => headKind(kind, shapes));
    const foreseen = kinds.map(({ type }) => VERDICTS.indexOf(foreseenVerdict(type)));
    this.count = count;
    this.kinds = kinds;
    this.kindOf = new Uint16Array(count);
    this.goesOn = new Uint8Array(count);
    this.verdicts = new Uint8Array(count);
    let next = 0;
    let kind = 0;
    let entry = 0;
    let entries = 0;
    for (let row = 0; row < count; row++) {
      const isLeft = stops !== undefined && row > 0 && entry + step < entries;
      if (isLeft && stops.next() === 0) {
        entry += step;
        this.goesOn[row] = 1;
      } else {
        if (next === begun) throw damaged("a row is of no kind");
        kind = positions[next++]!;
        ({ entry, entries } = kinds[kind]!.place);
      }
      this.kindOf[row] = kind;
      const verdict = verdicts.next();
      if (verdict > VERDICTS.length) throw damaged("a row has an unknown verdict");
      this.verdicts[row] = verdict === 0 ? foreseen[kind]! : verdict - 1;
    }
    if (next !== begun) throw damaged("a block has kinds left over");
    verdicts.finish();
    stops?.finish();
    this.elements = begun;
    this.#step = step;
  }

  /** The row with which each row's element begins. */
  get begins(): Int32Array {
    this.#begins ??= this.#beginsOfRows();
    return this.#begins;
  }

  kind(row: number): HeadKind {
    return this.kinds[this.kindOf[row]!]!;
  }

  place(row: number): Place {
    const { place } = this.kind(row);
    if (this.goesOn[row] === 0) return place;
    return { ...place, entry: place.entry + (row - this.begins[row]!) * this.#step };
  }

  #beginsOfRows(): Int32Array {
    const begins = new Int32Array(this.count);
    for (let row = 1; row < begins.length; row++) {
      begins[row] = this.goesOn[row] === 1 ? begins[row - 1]! : row;
    }
    return begins;
  }
}

function headKind(kind: RowKind, shapes: readonly Shape[]): HeadKind {
  const [shapeNumber, typeCode, socket, element, elements, entry, entries, newline] = kind;
  const shape = shapes[shapeNumber!];
  if (shape === undefined) throw damaged("a row has an unknown shape");
  const type = typeCode === 0 ? knownTypeOf(shape.text) : UPDATE_TYPES[typeCode! - 1];
  if (type === undefined) throw damaged("a row has an unknown type");
  const place = {
    element: element!,
    elements: elements!,
    entry: entry!,
    entries: entries!,
    newline: newline === 1,
  };
  return { type, shape, socket: socket!, place };
}
