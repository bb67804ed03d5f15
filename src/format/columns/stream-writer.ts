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
  /** Made with their first values: most streams of a quiet token's block have none. */
  #column: ValueWriter | undefined;
  #lists: ListWriter | undefined;
  #count = 0;

  /** With a column of the kind, if that must be known elsewhere. */
  constructor(kind: StreamKind, column?: ValueWriter) {
    this.#kind = kind;
    this.#column = column;
  }

  /** Of columns and odd texts so far. */
  get bytes(): number {
    return (this.#column?.bytes ?? this.#lists?.bytes ?? 0) + this.odd.bytes;
  }

  addText(text: string, implied?: string): void {
    if (!this.#knows(text, implied)) this.odd.add(this.#count, text);
    this.#count++;
  }

  addList(list: LevelList): void {
    this.#lists ??= new ListWriter();
    this.#lists.add(list);
    this.#count++;
  }

  /** Whether the kind's column has the text now. */
  #knows(text: string, implied: string | undefined): boolean {
    if (!isColumnKind(this.#kind)) return this.#kind === "implied" && text === implied;
    this.#column ??= columnWriter(this.#kind);
    return this.#column.add(text);
  }

  pack(packing: Packing): void {
    if (this.#count === this.odd.length) {
      if (this.#kind === "levels") new ListWriter().pack(packing);
      return;
    }
    this.#column?.pack(packing);
    this.#lists?.pack(packing);
  }
}

export function isColumnKind(kind: StreamKind): kind is ColumnKind {
  return kind !== "implied" && kind !== "levels";
}
