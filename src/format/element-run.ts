import type { UnjudgedRow } from "./block.ts";

/** Tells the rows of a block that go on with the element of the row before. */
export class ElementRun {
  #last: UnjudgedRow | undefined;
  #step = 0;

  /** From an entry to the next one of the same token; 0 while no row went on. */
  get step(): number {
    return this.#step;
  }

  /** Whether the row goes on with the last one's element, so that nothing of that is stored. */
  take(row: UnjudgedRow): boolean {
    const last = this.#last;
    const { entry, entries } = row.place;
    // Nothing goes on with a last entry or with what is none, and a row may hold a whole message.
    this.#last = entry + 1 < entries ? row : undefined;
    if (last === undefined || !this.#goesOn(row, last)) return false;
    this.#step = entry - last.place.entry;
    return true;
  }

  #goesOn(row: UnjudgedRow, last: UnjudgedRow): boolean {
    // Most rows are of a message of their own.
    if (row.receivedUs !== last.receivedUs) return false;
    const step = row.place.entry - last.place.entry;
    return (
      step > 0 &&
      (this.#step === 0 || step === this.#step) &&
      row.place.entry < row.place.entries &&
      row.place.entries === last.place.entries &&
      row.place.element === last.place.element &&
      row.place.elements === last.place.elements &&
      row.place.newline === last.place.newline &&
      row.socket === last.socket &&
      row.type === last.type &&
      row.shape.text === last.shape.text &&
      hasSameElement(row, last)
    );
  }
}

/** Whether the element's values are the same; rows of one shape. */
function hasSameElement({ shape, values }: UnjudgedRow, last: UnjudgedRow): boolean {
  for (let slot = 0; slot < shape.elementSlots; slot++) {
    const value = values[slot];
    if (typeof value !== "string" || value !== last.values[slot]) return false;
  }
  return true;
}
