import type { Arrival, StoredEvent } from "./block.ts";

/** Tells the rows of a block that go on with the element of the row before. */
export class ElementRun {
  #event: StoredEvent | undefined;
  #arrival: Arrival | undefined;
  #step = 0;

  /** From an entry to the next one of the same token; 0 while no row went on. */
  get step(): number {
    return this.#step;
  }

  /** Whether the row goes on with the last one's element, so that nothing of that is stored. */
  take(event: StoredEvent, arrival: Arrival): boolean {
    const lastEvent = this.#event;
    const lastArrival = this.#arrival;
    const { entry, entries } = arrival.place;
    // Nothing goes on with a last entry or with what is none, and an event may hold a whole message.
    if (entry + 1 < entries) {
      this.#event = event;
      this.#arrival = arrival;
    } else if (lastEvent !== undefined) {
      this.#event = undefined;
      this.#arrival = undefined;
    }
    if (lastEvent === undefined || lastArrival === undefined) return false;
    if (!this.#goesOn(arrival, lastArrival) || !hasSameElement(event, lastEvent)) return false;
    this.#step = entry - lastArrival.place.entry;
    return true;
  }

  #goesOn({ receivedUs, socket, place }: Arrival, last: Arrival): boolean {
    // Most rows are of a message of their own.
    if (receivedUs !== last.receivedUs) return false;
    const step = place.entry - last.place.entry;
    return (
      step > 0 &&
      (this.#step === 0 || step === this.#step) &&
      place.entry < place.entries &&
      place.entries === last.place.entries &&
      place.element === last.place.element &&
      place.elements === last.place.elements &&
      place.newline === last.place.newline &&
      socket === last.socket
    );
  }
}

function hasSameElement({ type, shape, values }: StoredEvent, last: StoredEvent): boolean {
  if (type !== last.type || shape.text !== last.shape.text) return false;
  for (let slot = 0; slot < shape.elementSlots; slot++) {
    const value = values[slot];
    if (typeof value !== "string" || value !== last.values[slot]) return false;
  }
  return true;
}
