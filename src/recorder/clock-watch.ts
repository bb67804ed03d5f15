/** Between two looks, a second at most, slewing moves a clock by half a millisecond. */
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
/** Times before the last so many steps are not asked for any more. */
const EPOCHS_MAX = 16;

/** The time between two steps of a clock. */
interface Epoch {
  /** By a clock that is never set, microseconds. */
  readonly fromUs: number;
  /** What turns such times into those of the wall clock. */
  readonly offsetUs: number;
}

/**
 * Whether this machine's clock can be believed: it may be another than the venue's, and it may be
 * set while times are taken from it.
 */
export class ClockWatch {
  #heard = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  #lookedUs: number;
  #lookedMs: number;
  /** The latest first: all but that have ended with a step. */
  #epochs: readonly Epoch[] = [];

  /** Now: wall clock, and a clock that is never set. */
  constructor(nowUs: number, nowMs: number) {
    this.#lookedUs = nowUs;
    this.#lookedMs = nowMs;
    this.#begin(nowUs, nowMs);
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

  /**
   * To be called each second at least, and before a time is taken from the clock: by how many
   * microseconds it was set forward since, back if negative, or 0.
   */
  look(nowUs: number, nowMs: number): number {
    const steppedUs = nowUs - this.#lookedUs - Math.round((nowMs - this.#lookedMs) * US_PER_MS);
    this.#lookedUs = nowUs;
    this.#lookedMs = nowMs;
    if (Math.abs(steppedUs) <= STEP_US) return 0;
    this.#begin(nowUs, nowMs);
    return steppedUs;
  }

  /** What the wall clock said at a time of the one that is never set, microseconds both. */
  wallUs(us: number): number {
    const epoch = this.#epochs.find(({ fromUs }) => fromUs <= us) ?? this.#epochs.at(-1)!;
    return Math.round(us + epoch.offsetUs);
  }

  #begin(nowUs: number, nowMs: number): void {
    const fromUs = nowMs * US_PER_MS;
    const epoch = { fromUs, offsetUs: nowUs - fromUs };
    this.#epochs = [epoch, ...this.#epochs].slice(0, EPOCHS_MAX);
  }
}
