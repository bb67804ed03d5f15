import { type Clock, systemClock } from "../../../src/ports/clock.ts";

/** The real clock, with a wall that shows another hour: nobody waits for a session to roll. */
export function shiftedClock(shiftUs: number): Clock {
  return { ...systemClock, nowUs: () => systemClock.nowUs() + shiftUs };
}
