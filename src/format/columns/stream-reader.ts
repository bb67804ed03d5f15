import { DERIVED } from "../block.ts";
import { damaged } from "../damaged.ts";
import { columnReader, DERIVED_STATES, isDerivable, type StreamKind } from "../stream.ts";
import { type ListHead, readLists } from "./list-column.ts";
import type { OddReader } from "./odd-texts.ts";
import { isColumnKind } from "./stream-writer.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader } from "./value-column.ts";

const STORED = DERIVED_STATES.indexOf("stored");
const AS_NEXT = DERIVED_STATES.indexOf("as next");

/** Hands out a stream's values in order, odd ones from beside the column. */
export class StreamReader {
  /** Heads of the lists of levels in a stream of those. */
  readonly lists: readonly ListHead[];
  readonly #column: ValueReader | undefined;
  readonly #states: Uint8Array | undefined;
  readonly #odd: OddReader;
  #position = 0;
  #nextList = 0;

  constructor(kind: StreamKind, count: number, odd: OddReader, unpacking: Unpacking) {
    this.#odd = odd;
    this.#states = isDerivable(kind) && count > 0 ? readStates(unpacking, count) : undefined;
    const derived = this.#states?.reduce((sum, state) => sum + (state === STORED ? 0 : 1), 0) ?? 0;
    const known = count - odd.length - derived;
    if (known < 0) throw damaged("an odd text has no place");
    this.lists = kind === "levels" ? readLists(unpacking, known) : [];
    // A column without values is not there.
    if (isColumnKind(kind) && known > 0) this.#column = columnReader(kind, unpacking, known);
  }

  next(implied: string): string | ListHead | typeof DERIVED {
    const position = this.#position++;
    if (this.#states !== undefined && this.#states[position] !== STORED) return DERIVED;
    const odd = this.#odd.take(position);
    return odd ?? this.#column?.next() ?? this.lists[this.#nextList++] ?? implied;
  }

  nextText(): string {
    return this.next("") as string;
  }

  /** Whether the derived value handed out last is the same as the next derived one. */
  get isAsNext(): boolean {
    return this.#states?.[this.#position - 1] === AS_NEXT;
  }
}

function readStates(unpacking: Unpacking, count: number): Uint8Array {
  const numbers = unpacking.numbers();
  const states = Uint8Array.from({ length: count }, () => {
    const state = numbers.next();
    if (state >= DERIVED_STATES.length) throw damaged("a value is in an unknown state");
    return state;
  });
  numbers.finish();
  return states;
}
