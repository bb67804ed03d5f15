import { knownTypeOf } from "../known-shapes.ts";
import { UPDATE_TYPES, type UpdateType, VERDICTS, type Verdict } from "../market-event.ts";
import type { RowForm } from "../row-log.ts";
import type { Shape } from "../shape.ts";
import { NumberList } from "./number-list.ts";
import type { Packing } from "./packing.ts";
import { KIND_NUMBERS, KindWriter } from "./row-kinds.ts";

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
export function foreseenVerdict(type: UpdateType): Verdict {
  return type === "price_change" || type === "book" ? "matched" : "unverifiable";
}

/** 0 for the usual type of a known shape, else one more than the type's own code. */
function typeCodeOf({ text }: Shape, type: UpdateType): number {
  return type === knownTypeOf(text) ? 0 : UPDATE_TYPES.indexOf(type) + 1;
}
