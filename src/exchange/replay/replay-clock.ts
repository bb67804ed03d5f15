const US_PER_MS = 1_000;

/** Epoch milliseconds are exact to a quarter of this: less could be waited for without end. */
const SOON_MS = 0.001;

/** As fast as clients read. */
export const MAX_SPEED = Number.POSITIVE_INFINITY;

/** The time of a replay beside real time: as many times as fast, standing still, or set. */
export class ReplayClock {
  readonly #nowMs: () => number;
  /** At `#sinceMs` of real time it was this time of the replay. */
  #us: number;
  #sinceMs: number;
  #speed: number;
  #isRunning = false;

  /** Stands still at `us`, epoch microseconds; `nowMs` is real time. */
  constructor(nowMs: () => number, us: number, speed: number) {
    this.#nowMs = nowMs;
    this.#us = us;
    this.#sinceMs = nowMs();
    this.#speed = speed;
  }

  /** Epoch microseconds, with fractions. At `MAX_SPEED` time is what it was set to last. */
  get nowUs(): number {
    if (!this.#isRunning || this.#speed === MAX_SPEED) return this.#us;
    return this.#us + (this.#nowMs() - this.#sinceMs) * US_PER_MS * this.#speed;
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    this.set(this.nowUs);
    this.#speed = speed;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  set isRunning(isRunning: boolean) {
    this.set(this.nowUs);
    this.#isRunning = isRunning;
  }

  set(us: number): void {
    this.#us = us;
    this.#sinceMs = this.#nowMs();
  }

  /** Real milliseconds until it is `us`; 0 if it was, or is about to be. */
  delayMs(us: number): number {
    if (this.#speed === MAX_SPEED) return 0;
    const delayMs = (us - this.nowUs) / US_PER_MS / this.#speed;
    return delayMs < SOON_MS ? 0 : delayMs;
  }
}
