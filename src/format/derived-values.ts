import { DERIVED, type StoredValue } from "./block.ts";
import { DerivedReader, type HashSource } from "./columns/derived-column.ts";
import type { OddStreams } from "./columns/odd-texts.ts";
import type { RowHead } from "./columns/row-columns.ts";
import { StreamReader } from "./columns/stream-reader.ts";
import type { Unpacking } from "./columns/unpacking.ts";
import { damaged } from "./damaged.ts";
import { hasOwnBest, type Shape } from "./shape.ts";
import { isDerivable, streamKind } from "./stream.ts";
import type { StreamCount } from "./stream-counts.ts";

/** What of a row is not stored. */
interface DerivedParts {
  readonly hash: HashSource;
  readonly isBestDerived: boolean;
}

/** The hashes and best prices of a block's rows: which are not stored, and those that are. */
export class DerivedValues {
  readonly #heads: readonly RowHead[];
  readonly #parts: readonly DerivedParts[];

  /** Fills what `rows` lacks; all their other values are known by now. */
  constructor(
    unpacking: Unpacking,
    heads: readonly RowHead[],
    rows: readonly StoredValue[][],
    counts: ReadonlyMap<string, StreamCount>,
    odd: OddStreams,
  ) {
    this.#heads = heads;
    this.#parts = readParts(unpacking, heads, rows);
    const streams = this.#readStreams(unpacking, counts, odd);
    rows.forEach((values, i) => {
      const { goesOn, shape } = heads[i]!;
      for (const [slot, { key }] of shape.slots.entries()) {
        if (!isDerivable(key)) continue;
        if (goesOn && slot < shape.elementSlots) values[slot] = rows[i - 1]![slot]!;
        else if (isDerivedSlot(shape, this.#parts[i]!, slot)) values[slot] = DERIVED;
        else values[slot] = streams.get(key)!.nextText();
      }
    });
  }

  /**
   * For each row, the row after which the book has its hash, or its best prices if there is no
   * hash; -1 where nothing is derived.
   */
  groupEnds(): Int32Array {
    const ends = new Int32Array(this.#heads.length).fill(-1);
    let end = -1;
    let elementEnd = -1;
    for (let i = ends.length - 1; i >= 0; i--) {
      const { goesOn, shape } = this.#heads[i]!;
      const { hash, isBestDerived } = this.#parts[i]!;
      if (elementEnd < 0) elementEnd = i;
      // An element's hash is of the book after its last change.
      if (goesOn && isOfElement(shape)) continue;
      if (hash === "derived") end = elementEnd;
      if (hash !== "stored") {
        if (end < 0) throw damaged("a derived hash is of no book");
        ends.fill(end, i, elementEnd + 1);
      } else if (isBestDerived) {
        ends[i] = i;
      }
      elementEnd = -1;
    }
    return ends;
  }

  #readStreams(
    unpacking: Unpacking,
    counts: ReadonlyMap<string, StreamCount>,
    odd: OddStreams,
  ): ReadonlyMap<string, StreamReader> {
    const derived = new Map<string, number>();
    this.#heads.forEach(({ goesOn, shape }, i) => {
      for (let slot = goesOn ? shape.elementSlots : 0; slot < shape.slots.length; slot++) {
        if (!isDerivedSlot(shape, this.#parts[i]!, slot)) continue;
        const { key } = shape.slots[slot]!;
        derived.set(key, (derived.get(key) ?? 0) + 1);
      }
    });
    const streams = new Map<string, StreamReader>();
    for (const [key, { number, count }] of counts) {
      if (!isDerivable(key)) continue;
      const stored = count - (derived.get(key) ?? 0);
      streams.set(key, new StreamReader(streamKind(key), stored, odd.of(number), unpacking));
    }
    return streams;
  }
}

function readParts(
  unpacking: Unpacking,
  heads: readonly RowHead[],
  rows: readonly StoredValue[][],
): DerivedParts[] {
  const from = (i: number) => (heads[i]!.goesOn ? heads[i]!.shape.elementSlots : 0);
  const hashRows = [...heads.keys()].filter((i) => heads[i]!.shape.hashSlot >= from(i));
  const bests = heads.filter(({ shape }, i) => hasOwnBest(shape, from(i))).length;
  const reader = new DerivedReader(unpacking, hashRows.length, bests);
  const timeOf = (row: number | undefined) =>
    row === undefined ? undefined : rows[row]![heads[row]!.shape.timeSlot];
  const parts: DerivedParts[] = [];
  let nextHash = 0;
  let last: HashSource = "stored";
  for (const [i, { goesOn, shape }] of heads.entries()) {
    if (hashRows[nextHash] === i) {
      const next = hashRows[nextHash + 1];
      last = reader.nextHash(next !== undefined && timeOf(next) === timeOf(i));
      nextHash++;
    } else if (!(goesOn && isOfElement(shape))) {
      last = "stored";
    }
    const isForeseen = last !== "stored" || shape.hashSlot < 0;
    const isBestDerived = hasOwnBest(shape, from(i)) && reader.nextBest(isForeseen);
    if (isBestDerived && !isForeseen) throw damaged("derived best prices are of no book");
    parts.push({ hash: last, isBestDerived });
  }
  return parts;
}

function isOfElement({ hashSlot, elementSlots }: Shape): boolean {
  return hashSlot >= 0 && hashSlot < elementSlots;
}

function isDerivedSlot(shape: Shape, { hash, isBestDerived }: DerivedParts, slot: number): boolean {
  if (slot === shape.hashSlot) return hash !== "stored";
  return isBestDerived && (slot === shape.bestBidSlot || slot === shape.bestAskSlot);
}
