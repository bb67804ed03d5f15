/** After a pause of the process the exchange catches up with this much, not with everything. */
const CATCH_UP_MS_MAX = 1_000;

/** Turns passing time into whole steps; fractions are carried over, so the rate is exact. */
export class Pacer {
  readonly #stepsPerMs: number;
  #lastMs: number;
  #owed = 0;

  /** `startMs` is of the same monotonic clock as the times given to `due`. */
  constructor(stepsPerSecond: number, startMs: number) {
    this.#stepsPerMs = stepsPerSecond / 1_000;
    this.#lastMs = startMs;
  }

  /** How many steps to take now. */
  due(nowMs: number): number {
    const passedMs = Math.min(CATCH_UP_MS_MAX, Math.max(0, nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    this.#owed += passedMs * this.#stepsPerMs;
    const steps = Math.floor(this.#owed);
    this.#owed -= steps;
    return steps;
  }
}
