import type { Clock } from "../ports/clock.ts";

const RETRY_MS = 1000;
/** How long trouble is waited out once the writer is closing: the program wants to end. */
const LAST_MS = 3000;

/** How long trouble with the disk is waited out: for ever, until the program wants to end. */
export class Patience {
  readonly #clock: Clock;
  #endMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#clock.monotonicMs() >= this.#endMs;
  }

  /** From now on it lasts for a short while only. */
  close(): void {
    this.#endMs = this.#clock.monotonicMs() + LAST_MS;
  }

  /** Until the disk should be tried again. */
  async wait(): Promise<void> {
    await this.#clock.sleep(RETRY_MS);
  }
}
