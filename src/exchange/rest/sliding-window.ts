/** At most so many requests in any stretch of time of one length. */
export class SlidingWindow {
  readonly #max: number;
  readonly #windowMs: number;
  /** When the last `max` requests were admitted, a ring. */
  readonly #admittedMs: number[] = [];
  #next = 0;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** How long a request would have to wait at `nowMs`; 0 when there is room. */
  waitMs(nowMs: number): number {
    const oldestMs = this.#admittedMs[this.#next];
    if (oldestMs === undefined) return 0;
    return Math.max(0, oldestMs + this.#windowMs - nowMs);
  }

  /** Counts a request for which there is room. */
  admit(nowMs: number): void {
    this.#admittedMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#max;
  }
}
