import type { LevelList } from "../level.ts";
import { type ColumnKind, columnWriter, type StreamKind } from "../stream.ts";
import { ListWriter } from "./list-column.ts";
import { OddTexts } from "./odd-texts.ts";
import type { Packing } from "./packing.ts";
import type { ValueWriter } from "./value-column.ts";

/** The values of one key: lists, texts that its kind knows, and odd ones. */
export class StreamWriter {
  readonly odd = new OddTexts();
  readonly #kind: StreamKind;
  readonly #column: ValueWriter | undefined;
  readonly #lists = new ListWriter();
  #count = 0;

  constructor(kind: StreamKind) {
    this.#kind = kind;
    this.#column = isColumnKind(kind) ? columnWriter(kind) : undefined;
  }

  /** Of columns and odd texts so far. */
  get bytes(): number {
    return (this.#column?.bytes ?? this.#lists.bytes) + this.odd.bytes;
  }

  addText(text: string, implied?: string): void {
    const isImplied = this.#kind === "implied" && text === implied;
    const known = this.#column === undefined ? isImplied : this.#column.add(text);
    if (!known) this.odd.add(this.#count, text);
    this.#count++;
  }

  addList(list: LevelList): void {
    this.#lists.add(list);
    this.#count++;
  }

  pack(packing: Packing): void {
    if (this.#column === undefined) this.#lists.pack(packing);
    else if (this.#count > this.odd.length) this.#column.pack(packing);
  }
}

export function isColumnKind(kind: StreamKind): kind is ColumnKind {
  return kind !== "implied" && kind !== "levels";
}
