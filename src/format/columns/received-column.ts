import { RECEIVED_US_MAX } from "../block.ts";
import { damaged } from "../damaged.ts";
import { unzigzag, zigzag } from "../zigzag.ts";
import { packNumbers, unpackNumbers } from "./hybrid.ts";
import type { Packing } from "./packing.ts";
import { StagedNumbers } from "./staged-numbers.ts";
import { timeOf } from "./time-column.ts";
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

/** The venue's time of a row in microseconds from the text of its value. */
export function venueUsOf(text: unknown): number {
  const ms = typeof text === "string" ? timeOf(text) : NO_TIME;
  return ms < 0 || ms > VENUE_MS_MAX ? NO_TIME : ms * US_PER_MS;
}

/** Whether each row is measured from its venue time, not from the row before. */
function isMeasuredFromVenue(venueUs: Float64Array): Uint8Array {
  let last = NO_TIME;
  const kinds = new Uint8Array(venueUs.length);
  for (let i = 0; i < venueUs.length; i++) {
    const us = venueUs[i]!;
    if (us < 0 || us === last) continue;
    last = us;
    kinds[i] = 1;
  }
  return kinds;
}

/** Receive times that wait for their block. */
export class ReceivedWriter {
  readonly #received = new StagedNumbers();
  readonly #venue = new StagedNumbers();
  #lastReceived = 0;
  #lastVenue = 0;

  get bytes(): number {
    return this.#received.bytes + this.#venue.bytes;
  }

  /** `timeText` is the value under the row's timestamp, if it has one. */
  add(receivedUs: number, timeText: unknown): void {
    const venueUs = venueUsOf(timeText);
    this.#received.add(zigzag(receivedUs - this.#lastReceived));
    this.#lastReceived = receivedUs;
    if (venueUs === NO_TIME) this.#venue.add(0);
    else {
      this.#venue.add(zigzag((venueUs - this.#lastVenue) / US_PER_MS) + 1);
      this.#lastVenue = venueUs;
    }
  }

  pack(packing: Packing): void {
    packing.begin("received");
    packReceived(packing, this.#receivedUs(), this.#venueUs());
  }

  #receivedUs(): Float64Array {
    let last = 0;
    return this.#received.values().map((staged) => {
      last += unzigzag(staged);
      return last;
    });
  }

  #venueUs(): Float64Array {
    let last = 0;
    return this.#venue.values().map((staged) => {
      if (staged === 0) return NO_TIME;
      last += unzigzag(staged - 1) * US_PER_MS;
      return last;
    });
  }
}

function packReceived(packing: Packing, received: Float64Array, venueUs: Float64Array): void {
  const kinds = isMeasuredFromVenue(venueUs);
  const distances = received.map((us, i) => {
    return us - (kinds[i] === 1 ? venueUs[i]! : (received[i - 1] ?? packing.minUs));
  });
  const least = [0, 1].map((kind) => {
    const own = distances.filter((_, i) => kinds[i] === kind);
    return own.reduce((min, value) => Math.min(min, value), own[0] ?? 0);
  });
  for (const value of least) packing.parameters.zigzag(value);
  packNumbers(
    packing,
    distances.map((value, i) => value - least[kinds[i]!]!),
  );
}

export function unpackReceived(unpacking: Unpacking, venueUs: Float64Array): Float64Array {
  const kinds = isMeasuredFromVenue(venueUs);
  const least = [unpacking.parameters.zigzag(), unpacking.parameters.zigzag()];
  let last = unpacking.minUs;
  return unpackNumbers(unpacking, venueUs.length).map((value, i) => {
    last = value + least[kinds[i]!]! + (kinds[i] === 1 ? venueUs[i]! : last);
    if (last < 0 || last >= RECEIVED_US_MAX) throw damaged("a time is out of range");
    return last;
  });
}
