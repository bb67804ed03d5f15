import type { LevelList } from "../level.ts";
import {
  type ColumnKind,
  columnWriter,
  DERIVED_STATES,
  isDerivable,
  type StreamKind,
} from "../stream.ts";
import { ListWriter } from "./list-column.ts";
import { OddTexts } from "./odd-texts.ts";
import type { Packing } from "./packing.ts";
import { StagedNumbers } from "./staged-numbers.ts";
import type { ValueWriter } from "./value-column.ts";

const STORED = DERIVED_STATES.indexOf("stored");

/** The values of one key: lists, texts that its kind knows, and odd ones. */
export class StreamWriter {
  readonly odd = new OddTexts();
  readonly #kind: StreamKind;
  readonly #column: ValueWriter | undefined;
  readonly #lists = new ListWriter();
  /** Positions in `DERIVED_STATES`, of a stream whose values may follow from the book. */
  readonly #states: StagedNumbers | undefined;
  #count = 0;
  #derived = 0;

  constructor(kind: StreamKind) {
    this.#kind = kind;
    this.#column = isColumnKind(kind) ? columnWriter(kind) : undefined;
    this.#states = isDerivable(kind) ? new StagedNumbers() : undefined;
  }

  /** Of columns and odd texts so far. */
  get bytes(): number {
    const values = this.#column?.bytes ?? this.#lists.bytes;
    return values + this.odd.bytes + (this.#states?.bytes ?? 0);
  }

  addText(text: string, implied?: string): void {
    const isImplied = this.#kind === "implied" && text === implied;
    const known = this.#column === undefined ? isImplied : this.#column.add(text);
    if (!known) this.odd.add(this.#count, text);
    this.#states?.add(STORED);
    this.#count++;
  }

  /** A value that follows from the book. */
  addDerived(state: "derived" | "as next"): void {
    this.#states?.add(DERIVED_STATES.indexOf(state));
    this.#count++;
    this.#derived++;
  }

  addList(list: LevelList): void {
    this.#lists.add(list);
    this.#count++;
  }

  pack(packing: Packing): void {
    if (this.#states !== undefined && this.#count > 0) packing.staged(this.#states);
    if (this.#column === undefined) this.#lists.pack(packing);
    else if (this.#count > this.odd.length + this.#derived) this.#column.pack(packing);
  }
}

export function isColumnKind(kind: StreamKind): kind is ColumnKind {
  return kind !== "implied" && kind !== "levels";
}
