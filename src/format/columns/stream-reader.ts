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
  readonly #count: number;
  #numbers: Float64Array | undefined;

  constructor(kind: StreamKind, count: number, odd: OddReader, unpacking: Unpacking) {
    const known = count - odd.length;
    if (known < 0) throw damaged("an odd text has no place");
    this.#odd = odd;
    this.#count = count;
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

  /** Epoch milliseconds, or millionths, of all; `NO_NUMBER` where the text is odd, or no number. */
  get numbers(): Float64Array {
    this.#numbers ??= this.#allNumbers();
    return this.#numbers;
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

  #allNumbers(): Float64Array {
    const known = this.#column?.numbers;
    if (known !== undefined && this.#odd.length === 0) return known;
    const numbers = new Float64Array(this.#count).fill(NO_NUMBER);
    if (known === undefined) return numbers;
    const odd = new Set(this.#odd.positions);
    for (let position = 0, at = 0; position < numbers.length; position++) {
      if (!odd.has(position)) numbers[position] = known[at++]!;
    }
    return numbers;
  }
}
