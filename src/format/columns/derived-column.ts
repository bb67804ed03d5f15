import { damaged } from "../damaged.ts";
import { NumberList } from "./number-list.ts";
import type { Packing } from "./packing.ts";
import { packSparse, unpackSparse } from "./sparse.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Where a reader has a row's hash from: it is stored, follows from the book after the row, or is
 * the same as the next derived one. The last of a group follows, the others are the same.
 * docs/FORMAT.md, "Derived values".
 */
export const HASH_SOURCES = ["stored", "derived", "as next"] as const;

export type HashSource = (typeof HASH_SOURCES)[number];

const DERIVED = HASH_SOURCES.indexOf("derived");
const AS_NEXT = HASH_SOURCES.indexOf("as next");

/** What is foreseen costs nothing: hashes of one millisecond of the venue are mostly the same. */
function foreseenSource(hasTimeOfNext: boolean): number {
  return hasTimeOfNext ? AS_NEXT : DERIVED;
}

/** Zero for what was foreseen, else one more than the position. */
function numberOf(position: number, foreseen: number): number {
  return position === foreseen ? 0 : position + 1;
}

/** Which hashes and best prices of a block are not stored. */
export class DerivedWriter {
  /** For each row with a hash of its own whether it has the venue's time of the one before. */
  readonly #sameTime = new NumberList();
  readonly #sources = new NumberList();
  readonly #bests = new NumberList();
  #lastTime: number | string | undefined;

  /** Of a row with a hash of its own; `time` is its `timestamp`. */
  addHash(source: HashSource, time: number | string | undefined): void {
    this.#sameTime.add(time === this.#lastTime ? 1 : 0);
    this.#lastTime = time;
    this.#sources.add(HASH_SOURCES.indexOf(source));
  }

  /** Of a row that names best prices; `isForeseen`: its hash is derived, or there is none. */
  addBest(isDerived: boolean, isForeseen: boolean): void {
    this.#bests.add(isDerived === isForeseen ? 0 : 1);
  }

  pack(packing: Packing): void {
    packing.begin("derived");
    if (this.#sources.count > 0) {
      const sameTime = this.#sameTime.values();
      const sources = this.#sources.values();
      for (let i = 0; i < sources.length; i++) {
        sources[i] = numberOf(sources[i]!, foreseenSource(sameTime[i + 1] === 1));
      }
      packSparse(packing, sources);
    }
    if (this.#bests.count > 0) packSparse(packing, this.#bests.values());
  }
}

/** Hands out in order what `DerivedWriter` took. */
export class DerivedReader {
  readonly #sources: Float64Array;
  readonly #bests: Float64Array;
  #nextHash = 0;
  #nextBest = 0;

  /** So many rows have a hash of their own, and so many best prices. */
  constructor(unpacking: Unpacking, hashes: number, bests: number) {
    this.#sources = hashes > 0 ? unpackSparse(unpacking, hashes) : new Float64Array();
    this.#bests = bests > 0 ? unpackSparse(unpacking, bests) : new Float64Array();
  }

  /** A position in `HASH_SOURCES`. */
  nextHash(hasTimeOfNext: boolean): number {
    const number = this.#sources[this.#nextHash++]!;
    if (number === 0) return foreseenSource(hasTimeOfNext);
    if (number > HASH_SOURCES.length) throw damaged("a hash is from an unknown source");
    return number - 1;
  }

  nextBest(isForeseen: boolean): boolean {
    const number = this.#bests[this.#nextBest++]!;
    if (number > 1) throw damaged("best prices are from an unknown source");
    return (number === 0) === isForeseen;
  }
}
