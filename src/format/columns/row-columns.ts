import type { UnjudgedRow } from "../block.ts";
import { damaged } from "../damaged.ts";
import { knownTypeOf } from "../known-shapes.ts";
import {
  type Place,
  UPDATE_TYPES,
  type UpdateType,
  VERDICTS,
  type Verdict,
} from "../market-event.ts";
import type { Shape } from "../shape.ts";
import type { Packing } from "./packing.ts";
import { KIND_NUMBERS, KindWriter, type RowKind, readKinds } from "./row-kinds.ts";
import { StagedNumbers } from "./staged-numbers.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * What rows have beside their values. A row that goes on with the element of the row before has
 * nothing of its own but verdict and entry: all else is that row's.
 */

const ENTRY = KIND_NUMBERS.indexOf("entry");
const ENTRIES = KIND_NUMBERS.indexOf("entries");

export class RowWriter {
  readonly #verdicts = new StagedNumbers();
  readonly #goesOn = new StagedNumbers();
  readonly #kinds = new KindWriter();
  #last: UnjudgedRow | undefined;
  /** From an entry to the next one of the same token; 0 while no row went on. */
  #step = 0;

  get bytes(): number {
    return this.#verdicts.bytes + this.#goesOn.bytes + this.#kinds.bytes;
  }

  /** Whether the row goes on with the last one's element, so that nothing of that is stored. */
  add(row: UnjudgedRow, shapeNumber: number, typeCode: number): boolean {
    const goesOn = this.#follows(row);
    this.#goesOn.add(goesOn ? 1 : 0);
    if (goesOn) this.#step = row.place.entry - this.#last!.place.entry;
    else this.#kinds.add(shapeNumber, typeCode, row.socket, row.place);
    // No row goes on with what is no entry, and a whole book would take memory for long.
    this.#last = row.place.entries > 0 ? row : undefined;
    return goesOn;
  }

  /** The verdict of the first row that has none. */
  judge(type: UpdateType, verdict: Verdict): void {
    this.#verdicts.add(verdict === foreseenVerdict(type) ? 0 : VERDICTS.indexOf(verdict) + 1);
  }

  #follows(row: UnjudgedRow): boolean {
    const last = this.#last;
    // Most rows are of a message of their own.
    if (last === undefined || row.receivedUs !== last.receivedUs) return false;
    const step = row.place.entry - last.place.entry;
    return (
      step > 0 &&
      (this.#step === 0 || step === this.#step) &&
      row.place.entry < row.place.entries &&
      row.place.entries === last.place.entries &&
      row.place.element === last.place.element &&
      row.place.elements === last.place.elements &&
      row.place.newline === last.place.newline &&
      row.socket === last.socket &&
      row.type === last.type &&
      row.shape.text === last.shape.text &&
      hasSameElement(row, last)
    );
  }

  pack(packing: Packing): void {
    packing.parameters.varint(this.#step);
    if (this.#step > 0) packing.parameters.varint(this.#kinds.count);
    packing.begin("verdict");
    packing.staged(this.#verdicts);
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

/** What costs nothing: hashes match, and other types have none. */
function foreseenVerdict(type: UpdateType): Verdict {
  return type === "price_change" || type === "book" ? "matched" : "unverifiable";
}

/** Whether the element's values are the same; rows of one shape. */
function hasSameElement({ shape, values }: UnjudgedRow, last: UnjudgedRow): boolean {
  for (let slot = 0; slot < shape.elementSlots; slot++) {
    const value = values[slot];
    if (typeof value !== "string" || value !== last.values[slot]) return false;
  }
  return true;
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
    const verdict = verdictCode === 0 ? foreseenVerdict(last.type) : VERDICTS[verdictCode - 1];
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
export function typeCodeOf({ text }: Shape, type: UpdateType): number {
  return type === knownTypeOf(text) ? 0 : UPDATE_TYPES.indexOf(type) + 1;
}
