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

/**
 * Receive times that wait for their block. The venue's times wait in the stream of timestamps
 * already: a row only says how many of those are its own, and whether the last is its venue time.
 */
export class ReceivedWriter {
  readonly #received = new StagedNumbers();
  readonly #times = new StagedNumbers();
  #lastReceived = 0;
  #lastLatency = 0;
  /** Times of rows that have no receive time of their own. */
  #passed = 0;

  get bytes(): number {
    return this.#received.bytes + this.#times.bytes;
  }

  /** `times` of the stream are of a row that shares its receive time with the row before. */
  pass(times: number): void {
    this.#passed += times;
  }

  /** `timeText` is the value under the row's timestamp, if it has one. */
  add(receivedUs: number, times: number, timeText: unknown): void {
    const venueUs = venueUsOf(timeText);
    const known = venueUs === NO_TIME ? 0 : 1;
    this.#times.add(2 * (this.#passed + times) + known);
    this.#passed = 0;
    if (known === 1) {
      const latency = receivedUs - venueUs;
      this.#received.add(zigzag(latency - this.#lastLatency));
      this.#lastLatency = latency;
    } else {
      this.#received.add(zigzag(receivedUs - this.#lastReceived));
    }
    this.#lastReceived = receivedUs;
  }

  /** `timesMs` is the whole stream of timestamps. */
  pack(packing: Packing, timesMs: Float64Array): void {
    packing.begin("received");
    const received = this.#received.values();
    const venueUs = this.#times.values();
    let time = 0;
    let latency = 0;
    let last = 0;
    for (let i = 0; i < received.length; i++) {
      const isKnown = venueUs[i]! % 2 === 1;
      time += Math.floor(venueUs[i]! / 2);
      venueUs[i] = isKnown ? timesMs[time - 1]! * US_PER_MS : NO_TIME;
      if (isKnown) latency += unzigzag(received[i]!);
      last = isKnown ? venueUs[i]! + latency : last + unzigzag(received[i]!);
      received[i] = last;
    }
    packReceived(packing, received, venueUs);
  }
}

function packReceived(packing: Packing, received: Float64Array, venueUs: Float64Array): void {
  const kinds = isMeasuredFromVenue(venueUs);
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const distances = new Float64Array(received.length);
  for (let i = 0; i < received.length; i++) {
    const kind = kinds[i]!;
    const before = i === 0 ? packing.minUs : received[i - 1]!;
    distances[i] = received[i]! - (kind === 1 ? venueUs[i]! : before);
    if (distances[i]! < least[kind]!) least[kind] = distances[i]!;
  }
  for (const value of least) packing.parameters.zigzag(Number.isFinite(value) ? value : 0);
  for (let i = 0; i < distances.length; i++) distances[i]! -= least[kinds[i]!]!;
  packNumbers(packing, distances);
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
