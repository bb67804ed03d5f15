/** A wall clock that says so much less than before was set back; less is slewing. */
const CLOCK_STEP_US = 1000;

/**
 * Receive times of all sockets of a pool, each later than the one before: a token that passes from
 * one socket to another within a microsecond keeps its order, too. Only a clock that is set back
 * takes them back.
 */
export class ReceiveStamps {
  #clockUs = 0;
  #lastUs = 0;

  /** The stamp of what is received now, by the wall clock; microseconds both. */
  next(nowUs: number): number {
    const isStep = nowUs < this.#clockUs - CLOCK_STEP_US;
    this.#clockUs = nowUs;
    this.#lastUs = isStep ? nowUs : Math.max(nowUs, this.#lastUs + 1);
    return this.#lastUs;
  }
}
