import { RECEIVED_US_MAX } from "../block.ts";
import { damaged } from "../damaged.ts";
import { packNumbers, unpackNumbers } from "./hybrid.ts";
import { NumberList } from "./number-list.ts";
import type { Packing } from "./packing.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Receive times, beside the venue's times of the same rows. What the venue stamped with another
 * millisecond than the row before is stored by how late it came; what it stamped with the same
 * one, or not at all, by how long after the row before. Both as more than the least of their kind.
 */

const US_PER_MS = 1000;
/** Later venue times, of the year 2109, are as good as none: latencies must keep to 53 bits. */
const VENUE_MS_MAX = 2 ** 42;
const NO_TIME = -1;

/** The venue's time of a row in microseconds, from milliseconds; -1 for what is as good as none. */
function usOf(ms: number): number {
  return ms < 0 || ms > VENUE_MS_MAX ? NO_TIME : ms * US_PER_MS;
}

/** What a row's receive time is measured from: the positions of its kind's least distance. */
const FROM_ROW = 0;
const FROM_VENUE = 1;

/** Tells of each row in turn what it is measured from. */
class Measures {
  #last = NO_TIME;

  next(venueUs: number): number {
    if (venueUs < 0 || venueUs === this.#last) return FROM_ROW;
    this.#last = venueUs;
    return FROM_VENUE;
  }
}

/** Receive times of rows that begin an element, and the venue's times of these. */
export class ReceivedWriter {
  readonly #received = new NumberList();
  readonly #venueUs = new NumberList();

  /** `venueMs` is negative without one. */
  add(receivedUs: number, venueMs: number): void {
    this.#received.add(receivedUs);
    this.#venueUs.add(usOf(venueMs));
  }

  pack(packing: Packing): void {
    packing.begin("received");
    packReceived(packing, this.#received.values(), this.#venueUs.values());
  }
}

function packReceived(packing: Packing, received: Float64Array, venueUs: Float64Array): void {
  const measures = new Measures();
  const kinds = new Uint8Array(received.length);
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const distances = new Float64Array(received.length);
  for (let i = 0; i < received.length; i++) {
    const kind = measures.next(venueUs[i]!);
    kinds[i] = kind;
    const before = i === 0 ? packing.minUs : received[i - 1]!;
    distances[i] = received[i]! - (kind === FROM_VENUE ? venueUs[i]! : before);
    if (distances[i]! < least[kind]!) least[kind] = distances[i]!;
  }
  for (const value of least) packing.parameters.zigzag(Number.isFinite(value) ? value : 0);
  for (let i = 0; i < distances.length; i++) distances[i]! -= least[kinds[i]!]!;
  packNumbers(packing, distances);
}

/** `venueMs` of the rows that begin an element, negative without one. */
export function unpackReceived(unpacking: Unpacking, venueMs: Float64Array): Float64Array {
  const measures = new Measures();
  const least = [unpacking.parameters.zigzag(), unpacking.parameters.zigzag()];
  const received = unpackNumbers(unpacking, venueMs.length);
  let last = unpacking.minUs;
  for (let i = 0; i < received.length; i++) {
    const venueUs = usOf(venueMs[i]!);
    const kind = measures.next(venueUs);
    last = received[i]! + least[kind]! + (kind === FROM_VENUE ? venueUs : last);
    if (last < 0 || last >= RECEIVED_US_MAX) throw damaged("a time is out of range");
    received[i] = last;
  }
  return received;
}
