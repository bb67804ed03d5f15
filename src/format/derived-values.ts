import { DERIVED, type StoredValue } from "./block.ts";
import { DerivedReader, HASH_SOURCES } from "./columns/derived-column.ts";
import type { OddStreams } from "./columns/odd-texts.ts";
import type { RowHeads } from "./columns/row-heads.ts";
import { StreamReader } from "./columns/stream-reader.ts";
import type { Unpacking } from "./columns/unpacking.ts";
import { damaged } from "./damaged.ts";
import type { RowForm, RowLayout, SlotPlace } from "./row-layout.ts";
import { hasOwnBest, type Shape } from "./shape.ts";
import { isDerivable, streamKind } from "./stream.ts";
import { NO_TIME, type VenueTimes } from "./venue-times.ts";

/** Where a row's hash is from. */
const STORED = HASH_SOURCES.indexOf("stored");
const FROM_BOOK = HASH_SOURCES.indexOf("derived");

/** A stream of values that are stored where they do not follow from the book. */
interface StoredStream {
  readonly reader: StreamReader;
  /** For each row how many stored values of it come before; made when one is asked for. */
  before: Int32Array | undefined;
}

/** The hashes and best prices of a block's rows: which are not stored, and those that are. */
export class DerivedValues {
  readonly hasDerivedHash: boolean;
  readonly #heads: RowHeads;
  readonly #layout: RowLayout;
  /** For each row a position in `HASH_SOURCES`. */
  readonly #hashes: Uint8Array;
  /** For each row whether best prices follow from the book. */
  readonly #bests: Uint8Array;
  /** How many rows of each form have a derived hash, and derived best prices. */
  readonly #derivedHashes: Int32Array;
  readonly #derivedBests: Int32Array;
  /** By their positions in the layout's streams. */
  readonly #streams = new Map<number, StoredStream>();

  constructor(
    unpacking: Unpacking,
    { heads, layout }: { readonly heads: RowHeads; readonly layout: RowLayout },
    times: VenueTimes,
    odd: OddStreams,
  ) {
    this.#heads = heads;
    this.#layout = layout;
    this.#hashes = new Uint8Array(heads.count);
    this.#bests = new Uint8Array(heads.count);
    this.#derivedHashes = new Int32Array(layout.forms.length);
    this.#derivedBests = new Int32Array(layout.forms.length);
    this.hasDerivedHash = this.#readParts(unpacking, times);
    for (const [stream, { key, number, count }] of layout.streams.entries()) {
      if (!isDerivable(key)) continue;
      const stored = count - this.#derivedIn(stream);
      const kind = streamKind(key);
      const reader = new StreamReader(kind, stored, odd.of(number, stored), unpacking);
      this.#streams.set(stream, { reader, before: undefined });
    }
  }

  /** The value of a slot that may be derived, of a row that has it of its own. */
  value(row: number, slot: number, { stream, offset }: SlotPlace): StoredValue {
    const { shape, slots } = this.#layout.form(row);
    if (this.#isDerived(shape, row, slot)) return DERIVED;
    const values = this.#streams.get(stream)!;
    values.before ??= this.#beforeOf(stream);
    // What of the row's values of the key follows from the book is not in the stream.
    let stored = offset;
    for (let other = 0; other < slot; other++) {
      if (slots[other]?.stream === stream && this.#isDerived(shape, row, other)) stored--;
    }
    return values.reader.text(values.before[row]! + stored);
  }

  /**
   * For each row, the row after which the book has its hash, or its best prices if there is no
   * hash; -1 where nothing is derived.
   */
  groupEnds(): Int32Array {
    const { count, goesOn } = this.#heads;
    const ends = new Int32Array(count).fill(-1);
    let end = -1;
    let elementEnd = -1;
    for (let row = count - 1; row >= 0; row--) {
      const hash = this.#hashes[row]!;
      if (elementEnd < 0) elementEnd = row;
      // An element's hash is of the book after its last change.
      if (goesOn[row] === 1 && isOfElement(this.#layout.form(row).shape)) continue;
      if (hash === FROM_BOOK) end = elementEnd;
      if (hash !== STORED) {
        if (end < 0) throw damaged("a derived hash is of no book");
        for (let own = row; own <= elementEnd; own++) ends[own] = end;
      } else if (this.#bests[row] === 1) {
        ends[row] = row;
      }
      elementEnd = -1;
    }
    return ends;
  }

  /** Whether any hash is derived. */
  #readParts(unpacking: Unpacking, times: VenueTimes): boolean {
    const { count, goesOn } = this.#heads;
    const { forms, formOf } = this.#layout;
    const hashForms = Uint8Array.from(forms, ({ shape, from }) => (shape.hashSlot >= from ? 1 : 0));
    const bestForms = Uint8Array.from(forms, ({ shape, from }) =>
      hasOwnBest(shape, from) ? 1 : 0,
    );
    let hashes = 0;
    let bests = 0;
    for (let row = 0; row < count; row++) {
      hashes += hashForms[formOf[row]!]!;
      bests += bestForms[formOf[row]!]!;
    }
    const reader = new DerivedReader(unpacking, hashes, bests);
    const sameAsNext = this.#sameTimeAsNext(hashForms, hashes, times);
    let nextHash = 0;
    let last = STORED;
    let hasDerived = false;
    for (let row = 0; row < count; row++) {
      const form = formOf[row]!;
      const { shape } = forms[form]!;
      if (hashForms[form] === 1) {
        last = reader.nextHash(sameAsNext[nextHash++] === 1);
        if (last !== STORED) hasDerived = true;
      } else if (!(goesOn[row] === 1 && isOfElement(shape))) {
        last = STORED;
      }
      this.#hashes[row] = last;
      if (last !== STORED) this.#derivedHashes[form]!++;
      if (bestForms[form] === 0) continue;
      const isForeseen = last !== STORED || shape.hashSlot < 0;
      const isDerived = reader.nextBest(isForeseen);
      if (isDerived && !isForeseen) throw damaged("derived best prices are of no book");
      if (!isDerived) continue;
      this.#bests[row] = 1;
      this.#derivedBests[form]!++;
    }
    return hasDerived;
  }

  /** For each hash whether its row has the venue's time of the next row with one. */
  #sameTimeAsNext(hashForms: Uint8Array, hashes: number, times: VenueTimes): Uint8Array {
    const same = new Uint8Array(hashes);
    const { count } = this.#heads;
    const { ms } = times;
    const { formOf } = this.#layout;
    let before = 0;
    let hash = 0;
    for (let row = 0; row < count; row++) {
      if (hashForms[formOf[row]!] === 0) continue;
      const isSame = ms[row] === ms[before] && (ms[row] !== NO_TIME || times.isSame(before, row));
      if (hash > 0 && isSame) same[hash - 1] = 1;
      before = row;
      hash++;
    }
    return same;
  }

  /** How many values of a stream are not in it. */
  #derivedIn(stream: number): number {
    const { forms } = this.#layout;
    let derived = 0;
    for (let form = 0; form < forms.length; form++) {
      const { hashSlot, bestBidSlot, bestAskSlot } = forms[form]!.shape;
      for (const slot of slotsIn(forms[form]!, stream)) {
        if (slot === hashSlot) derived += this.#derivedHashes[form]!;
        else if (slot === bestBidSlot || slot === bestAskSlot) derived += this.#derivedBests[form]!;
      }
    }
    return derived;
  }

  #beforeOf(stream: number): Int32Array {
    const { forms, formOf } = this.#layout;
    const slots = forms.map((form) => slotsIn(form, stream));
    const before = new Int32Array(this.#heads.count);
    let stored = 0;
    for (let row = 0; row < before.length; row++) {
      before[row] = stored;
      const form = formOf[row]!;
      for (const slot of slots[form]!) {
        if (!this.#isDerived(forms[form]!.shape, row, slot)) stored++;
      }
    }
    return before;
  }

  #isDerived(shape: Shape, row: number, slot: number): boolean {
    if (slot === shape.hashSlot) return this.#hashes[row] !== STORED;
    return this.#bests[row] === 1 && (slot === shape.bestBidSlot || slot === shape.bestAskSlot);
  }
}

function slotsIn({ slots }: RowForm, stream: number): number[] {
  return slots.flatMap((place, slot) => (place?.stream === stream ? [slot] : []));
}

function isOfElement({ hashSlot, elementSlots }: Shape): boolean {
  return hashSlot >= 0 && hashSlot < elementSlots;
}
