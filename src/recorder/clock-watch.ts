/** Between two looks, one a second, slewing moves a clock by half a millisecond. */
const STEP_US = 500_000;
/** The least delay of so many messages is what the two clocks and the way between them make. */
const HEARD_ENOUGH = 20;
/** Nothing comes before it is sent. */
const BEHIND_MS = 500;
/** Messages seldom take longer, all of them never. */
const AHEAD_MS = 2_000;
/** A recording that is served again is older than that. */
const AHEAD_MAX_MS = 86_400_000;
const US_PER_MS = 1_000;

/**
 * Whether this machine's clock can be believed: it may be another than the venue's, and it may be
 * set while times are taken from it. One that is set back is noticed by the stamps of a socket.
 */
export class ClockWatch {
  #heard = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  #lookedUs: number;
  #lookedMs: number;

  /** Now: wall clock, and a clock that is never set. */
  constructor(nowUs: number, nowMs: number) {
    this.#lookedUs = nowUs;
    this.#lookedMs = nowMs;
  }

  /**
   * A message came that was stamped so by the venue. Says once, if it is so, by how many
   * milliseconds this machine's clock is ahead, or behind if negative.
   */
  heard(venueMs: number, receivedMs: number): number | undefined {
    if (this.#heard >= HEARD_ENOUGH || Number.isNaN(venueMs)) return undefined;
    this.#leastMs = Math.min(this.#leastMs, receivedMs - venueMs);
    if (++this.#heard < HEARD_ENOUGH) return undefined;
    const aheadMs = this.#leastMs;
    const isOff = aheadMs < -BEHIND_MS || (aheadMs > AHEAD_MS && aheadMs < AHEAD_MAX_MS);
    return isOff ? aheadMs : undefined;
  }

  /** To be called each second: by how many microseconds the clock was set forward since, or 0. */
  look(nowUs: number, nowMs: number): number {
    const steppedUs = nowUs - this.#lookedUs - Math.round((nowMs - this.#lookedMs) * US_PER_MS);
    this.#lookedUs = nowUs;
    this.#lookedMs = nowMs;
    return steppedUs > STEP_US ? steppedUs : 0;
  }
}
