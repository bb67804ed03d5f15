import { damaged } from "../damaged.ts";
import { columnReader, type StreamKind } from "../stream.ts";
import { type ListHead, readLists } from "./list-column.ts";
import type { OddReader } from "./odd-texts.ts";
import { isColumnKind } from "./stream-writer.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader } from "./value-column.ts";

/** In place of the number of a value whose text is odd, or that is none. */
export const NO_NUMBER = -1;

/** The values of a stream, odd ones from beside the column. */
export class StreamReader {
  /** Heads of the lists of levels in a stream of those. */
  readonly lists: readonly ListHead[];
  readonly #column: ValueReader | undefined;
  readonly #odd: OddReader;

  constructor(kind: StreamKind, count: number, odd: OddReader, unpacking: Unpacking) {
    const known = count - odd.length;
    if (known < 0) throw damaged("an odd text has no place");
    this.#odd = odd;
    this.lists = kind === "levels" ? readLists(unpacking, known) : [];
    // A column without values is not there.
    if (isColumnKind(kind) && known > 0) this.#column = columnReader(kind, unpacking, known);
  }

  /** A text; `undefined` for the implied one, and where a list of levels stands. */
  at(position: number): string | undefined {
    if (this.#odd.length === 0) return this.#column?.at(position);
    const odd = this.#odd.at(position);
    return typeof odd === "string" ? odd : this.#column?.at(position - odd);
  }

  /** Of a stream whose every value has one. */
  text(position: number): string {
    return this.at(position) ?? "";
  }

  /** Epoch milliseconds, or millionths; `NO_NUMBER` if the text is odd. */
  numberAt(position: number): number {
    const numbers = this.#column?.numbers;
    if (this.#odd.length === 0) return numbers?.[position] ?? NO_NUMBER;
    const odd = this.#odd.at(position);
    return typeof odd === "string" ? NO_NUMBER : (numbers?.[position - odd] ?? NO_NUMBER);
  }

  /** The position in `lists` of a list of levels; `undefined` where a text stands. */
  listAt(position: number): number | undefined {
    const odd = this.#odd.at(position);
    return typeof odd === "string" ? undefined : position - odd;
  }

  /** The texts that the column does not know. */
  get oddTexts(): readonly string[] {
    return this.#odd.texts();
  }
}
