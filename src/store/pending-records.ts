import { isUpdate, RECORD, RecordReader } from "../format/journal-record.ts";
import { PackedWriter } from "../format/packed-writer.ts";

/**
 * What a journal holds of a session and its segments do not: updates and keyframes as they stand
 * there, one behind the other. Nothing is decoded.
 */
export class PendingRecords {
  /** The last update that is in a segment. */
  readonly #after: number;
  readonly #bytes = new PackedWriter();

  constructor(after: number) {
    this.#after = after;
  }

  /** Takes the record that a reader is at: they may come in any order, and twice. */
  add(record: RecordReader): void {
    if (record.sequence <= this.#after) return;
    if (isUpdate(record) || record.kind === RECORD.keyframe) this.#bytes.append(record.whole);
  }

  /** What was taken; nothing is left. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.take();
  }
}

interface Ranked {
  readonly sequence: number;
  readonly isUpdate: boolean;
  readonly place: number;
}

/** Pending records in the order of their numbers, each once: the one that was written last. */
export class OrderedRecords {
  readonly #records: RecordReader;
  readonly #places: readonly number[];

  /** `DAMAGED` if one is cut off. */
  constructor(pending: Uint8Array) {
    this.#records = new RecordReader(pending);
    const records = this.#records;
    const places: number[] = [];
    let isOrdered = true;
    let last = { sequence: 0, isUpdate: false };
    while (records.next()) {
      const { sequence, place } = records;
      const next = { sequence, isUpdate: isUpdate(records) };
      isOrdered &&= compare(last, next) < 0;
      last = next;
      places.push(place);
    }
    this.#places = isOrdered ? places : this.#ordered(places);
  }

  get count(): number {
    return this.#places.length;
  }

  /** The record there, until the next is asked for. */
  at(i: number): RecordReader {
    const records = this.#records;
    records.goTo(this.#places[i]!);
    return records;
  }

  #ordered(places: readonly number[]): number[] {
    const ranked = places.map((place): Ranked => {
      this.#records.goTo(place);
      return { place, sequence: this.#records.sequence, isUpdate: isUpdate(this.#records) };
    });
    ranked.sort((a, b) => compare(a, b) || a.place - b.place);
    return ranked.flatMap((record, i) => {
      const next = ranked[i + 1];
      return next !== undefined && compare(record, next) === 0 ? [] : record.place;
    });
  }
}

/** Of the same number the keyframe comes first. */
function compare(a: Omit<Ranked, "place">, b: Omit<Ranked, "place">): number {
  return a.sequence - b.sequence || Number(a.isUpdate) - Number(b.isUpdate);
}
