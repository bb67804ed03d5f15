import type { LevelList } from "../level.ts";
import { type ColumnKind, columnWriter, type StreamKind } from "../stream.ts";
import { DecimalWriter } from "./decimal-column.ts";
import { ListWriter } from "./list-column.ts";
import { OddTexts } from "./odd-texts.ts";
import type { Packing } from "./packing.ts";
import { TimeWriter } from "./time-column.ts";
import type { ValueWriter } from "./value-column.ts";

/** The values of one key: lists, texts that its kind knows, and odd ones. */
export class StreamWriter {
  readonly odd = new OddTexts();
  readonly #kind: StreamKind;
  #column: ValueWriter | undefined;
  #times: TimeWriter | undefined;
  #decimals: DecimalWriter | undefined;
  #lists: ListWriter | undefined;
  #count = 0;

  constructor(kind: StreamKind) {
    this.#kind = kind;
  }

  addText(text: string, implied?: string): void {
    if (!this.#knows(text, implied)) this.odd.add(this.#count, text);
    this.#count++;
  }

  /** A value that is the implied one. */
  addImplied(): void {
    this.#count++;
  }

  /** `addText` for times as numbers. */
  addTime(ms: number): void {
    this.#times ??= new TimeWriter();
    this.#times.addTime(ms);
    this.#count++;
  }

  /** `addText` for decimals, which are numbers of millionths if they are plain. */
  addDecimal(decimal: number | string): void {
    if (typeof decimal === "string") {
      this.addText(decimal);
      return;
    }
    this.#decimals ??= new DecimalWriter();
    this.#decimals.addMillionths(decimal);
    this.#count++;
  }

  addList(mode: LevelList["mode"], levels: number): void {
    this.#lists ??= new ListWriter();
    this.#lists.add(mode, levels);
    this.#count++;
  }

  /** Whether the kind's column has the text now. */
  #knows(text: string, implied: string | undefined): boolean {
    if (!isColumnKind(this.#kind)) return this.#kind === "implied" && text === implied;
    if (this.#kind === "time") {
      this.#times ??= new TimeWriter();
      return this.#times.add(text);
    }
    if (this.#kind === "decimal") {
      this.#decimals ??= new DecimalWriter();
      return this.#decimals.add(text);
    }
    this.#column ??= columnWriter(this.#kind);
    return this.#column.add(text);
  }

  pack(packing: Packing): void {
    if (this.#count === this.odd.length) {
      if (this.#kind === "levels") new ListWriter().pack(packing);
      return;
    }
    this.#column?.pack(packing);
    this.#times?.pack(packing);
    this.#decimals?.pack(packing);
    this.#lists?.pack(packing);
  }
}

export function isColumnKind(kind: StreamKind): kind is ColumnKind {
  return kind !== "implied" && kind !== "levels";
}
