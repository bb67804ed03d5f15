import { damaged } from "../damaged.ts";
import { columnReader, type StreamKind } from "../stream.ts";
import { type ListHead, readLists } from "./list-column.ts";
import type { OddReader } from "./odd-texts.ts";
import { isColumnKind } from "./stream-writer.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader } from "./value-column.ts";

/** Hands out a stream's values in order, odd ones from beside the column. */
export class StreamReader {
  /** Heads of the lists of levels in a stream of those. */
  readonly lists: readonly ListHead[];
  readonly #column: ValueReader | undefined;
  readonly #odd: OddReader;
  #position = 0;
  #nextList = 0;

  constructor(kind: StreamKind, count: number, odd: OddReader, unpacking: Unpacking) {
    const known = count - odd.length;
    if (known < 0) throw damaged("an odd text has no place");
    this.#odd = odd;
    this.lists = kind === "levels" ? readLists(unpacking, known) : [];
    // A column without values is not there.
    if (isColumnKind(kind) && known > 0) this.#column = columnReader(kind, unpacking, known);
  }

  next(implied: string): string | ListHead {
    const odd = this.#odd.take(this.#position++);
    return odd ?? this.#column?.next() ?? this.lists[this.#nextList++] ?? implied;
  }

  nextText(): string {
    return this.next("") as string;
  }
}
