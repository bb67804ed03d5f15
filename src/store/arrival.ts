import { type Arrival, RECEIVED_US_MAX } from "../format/block.ts";
import { PolybotError } from "../format/error.ts";
import { BARE_PLACE } from "../format/market-event.ts";

export type { Arrival };

/** The arrival of what no socket brought. */
export function ownArrival(receivedUs: number): Arrival {
  return { receivedUs, socket: 0, place: BARE_PLACE };
}

/** `BAD_INPUT` for an arrival that no block can hold: to be asked before anything is applied. */
export function checkArrival(arrival: Arrival): void {
  const { receivedUs, socket, place } = arrival;
  const { element, elements, entry, entries } = place;
  const isRight =
    isCount(receivedUs) &&
    receivedUs < RECEIVED_US_MAX &&
    isCount(socket) &&
    isCount(element) &&
    isCount(elements) &&
    isCount(entry) &&
    isCount(entries);
  if (isRight) return;
  const what = `time ${receivedUs}, socket ${socket}, place ${JSON.stringify(place)}`;
  throw new PolybotError("BAD_INPUT", `an update cannot have arrived at ${what}`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
