import { damaged } from "../damaged.ts";
import { knownTypeOf } from "../known-shapes.ts";
import {
  type Place,
  UPDATE_TYPES,
  type UpdateType,
  VERDICTS,
  type Verdict,
} from "../market-event.ts";
import type { RowForm } from "../row-log.ts";
import type { Shape } from "../shape.ts";
import { NumberList } from "./number-list.ts";
import type { Packing } from "./packing.ts";
import { KIND_NUMBERS, KindWriter, type RowKind, readKinds } from "./row-kinds.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * What rows have beside their values. A row that goes on with the element of the row before has
 * nothing of its own but verdict and entry: all else is that row's.
 */

const ENTRY = KIND_NUMBERS.indexOf("entry");
const ENTRIES = KIND_NUMBERS.indexOf("entries");

export class RowWriter {
  readonly #verdicts = new NumberList();
  readonly #goesOn = new NumberList();
  readonly #kinds = new KindWriter();
  readonly #step: number;

  /** `step`: from an entry to the next one of the same token; 0 if no row goes on. */
  constructor(step: number) {
    this.#step = step;
  }

  /** `verdict` as `verdictNumber` has it. */
  add(form: RowForm, goesOn: boolean, shapeNumber: number, verdict: number): void {
    const { type, shape, socket, place } = form;
    this.#verdicts.add(verdict);
    this.#goesOn.add(goesOn ? 1 : 0);
    if (!goesOn) this.#kinds.add(shapeNumber, typeCodeOf(shape, type), socket, place);
  }

  pack(packing: Packing): void {
    packing.parameters.varint(this.#step);
    if (this.#step > 0) packing.parameters.varint(this.#kinds.count);
    packing.begin("verdict");
    packing.numbers(this.#verdicts.values());
    packing.begin("kind");
    this.#kinds.pack(packing);
    if (this.#step === 0) return;
    packing.begin("stops");
    packing.numbers(this.#stops());
  }

  /** For each row whose element has an entry left for it: whether it begins another all the same. */
  #stops(): Float64Array {
    const kinds = this.#kinds.kinds();
    const goesOn = this.#goesOn.values();
    const stops = new Float64Array(goesOn.length);
    let count = 0;
    let begun = -1;
    let entry = 0;
    for (let i = 0; i < goesOn.length; i++) {
      const isLeft = begun >= 0 && entry + this.#step < kinds[begun]![ENTRIES]!;
      if (isLeft) stops[count++] = 1 - goesOn[i]!;
      entry = goesOn[i] === 1 ? entry + this.#step : kinds[++begun]![ENTRY]!;
    }
    return stops.subarray(0, count);
  }
}

/** What the column of verdicts holds: 0 for the one that is foreseen. */
export function verdictNumber(type: UpdateType, verdict: Verdict): number {
  return verdict === foreseenVerdict(type) ? 0 : VERDICTS.indexOf(verdict) + 1;
}

/** The same the other way round; `undefined` for a number that is no verdict's. */
export function verdictOf(type: UpdateType, number: number): Verdict | undefined {
  return number === 0 ? foreseenVerdict(type) : VERDICTS[number - 1];
}

/** What costs nothing: hashes match, and other types have none. */
function foreseenVerdict(type: UpdateType): Verdict {
  return type === "price_change" || type === "book" ? "matched" : "unverifiable";
}

/** What a row has beside its values and its time. */
export interface RowHead {
  readonly type: UpdateType;
  readonly verdict: Verdict;
  readonly shape: Shape;
  readonly socket: number;
  readonly place: Place;
  /** It has the values of the element, and the time, of the row before. */
  readonly goesOn: boolean;
}

export function readRowHeads(
  unpacking: Unpacking,
  count: number,
  shapes: readonly Shape[],
): RowHead[] {
  const { parameters } = unpacking;
  const step = parameters.varint();
  const begun = step === 0 ? count : parameters.varint();
  if (begun > count) throw damaged("a block has too many elements");
  const verdicts = unpacking.numbers();
  const kinds = readKinds(unpacking, begun);
  const stops = step === 0 ? undefined : unpacking.numbers();
  const rows: RowHead[] = [];
  let nextKind = 0;
  let last: Omit<RowHead, "verdict"> | undefined;
  for (let i = 0; i < count; i++) {
    const verdictCode = verdicts.next();
    const entry = last === undefined ? 0 : last.place.entry + step;
    const isLeft = stops !== undefined && last !== undefined && entry < last.place.entries;
    last =
      isLeft && stops.next() === 0
        ? { ...last!, place: { ...last!.place, entry }, goesOn: true }
        : beginning(kinds[nextKind++], shapes);
    const verdict = verdictOf(last.type, verdictCode);
    if (verdict === undefined) throw damaged("a row has an unknown verdict");
    rows.push({ ...last, verdict });
  }
  if (nextKind !== begun) throw damaged("a block has kinds left over");
  verdicts.finish();
  stops?.finish();
  return rows;
}

function beginning(kind: RowKind | undefined, shapes: readonly Shape[]): Omit<RowHead, "verdict"> {
  const [shapeNumber, typeCode, socket, element, elements, entry, entries, newline] =
    kind ?? damagedKind();
  const shape = shapes[shapeNumber!];
  if (shape === undefined) throw damaged("a row has an unknown shape");
  const place: Place = {
    element: element!,
    elements: elements!,
    entry: entry!,
    entries: entries!,
    newline: newline === 1,
  };
  const type = typeCode === 0 ? knownTypeOf(shape.text) : UPDATE_TYPES[typeCode! - 1];
  if (type === undefined) throw damaged("a row has an unknown type");
  return { type, shape, socket: socket!, place, goesOn: false };
}

function damagedKind(): never {
  throw damaged("a row is of no kind");
}

/** 0 for the usual type of a known shape, else one more than the type's own code. */
function typeCodeOf({ text }: Shape, type: UpdateType): number {
  return type === knownTypeOf(text) ? 0 : UPDATE_TYPES.indexOf(type) + 1;
}
