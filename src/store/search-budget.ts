import type { Clock } from "../ports/clock.ts";

/** A share of one processor for searches of trade prices, all sessions together. */
const SHARE = 0.05;
/** Measured: 0.5 us with a short text behind the price. */
const CANDIDATE_MS = 0.0005;
/**
 * What may be saved up: a search at fine ticks takes 5 ms, and trades come in bursts. With 20 ms a
 * few hashes of ten simulated hours had no time to be searched for.
 */
const SAVED_MS_MAX = 50;

/** Keeps searches from taking the time that recording needs. */
export class SearchBudget {
  readonly #clock: Clock;
  #savedMs = SAVED_MS_MAX;
  #lastMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.monotonicMs();
  }

  /** Whether there is time to try so many prices; spends it. */
  readonly maySearch = (candidates: number): boolean => {
    const nowMs = this.#clock.monotonicMs();
    this.#savedMs = Math.min(SAVED_MS_MAX, this.#savedMs + (nowMs - this.#lastMs) * SHARE);
    this.#lastMs = nowMs;
    const costMs = candidates * CANDIDATE_MS;
    if (costMs > this.#savedMs) return false;
    this.#savedMs -= costMs;
    return true;
  };
}
