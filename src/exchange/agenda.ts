import type { Clock, Timer } from "../ports/clock.ts";
import { TimeQueue } from "../ports/time-queue.ts";

/**
 * After a pause of the process this much is made up for; the rest did not happen, and the agenda
 * stays behind the clock by that.
 */
const CATCH_UP_MS_MAX = 1_000;
/** A longer timer would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const US_PER_MS = 1_000;

/**
 * Everything that will happen in an exchange, in order of time, on one timer of the clock. What
 * is done takes place at the time it was planned for, however late the timer was: on a virtual
 * clock and on the real one the same seed tells the same story.
 */
export class Agenda {
  readonly #clock: Clock;
  readonly #queue = new TimeQueue<() => void>();
  /** What turns the monotonic clock into epoch milliseconds. */
  #epochMs: number;
  readonly #startMs: number;
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  /** The planned time of what is being done. */
  #presentMs: number | undefined;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#epochMs = Math.round(clock.nowUs() / US_PER_MS) - clock.monotonicMs();
    this.#startMs = this.nowMs;
  }

  /** Epoch milliseconds with fractions; never goes back. */
  get nowMs(): number {
    return this.#presentMs ?? this.#clockMs;
  }

  /** Milliseconds since the agenda was made. */
  get elapsedMs(): number {
    return this.nowMs - this.#startMs;
  }

  /** Plans `run`; a time that has passed is now. */
  at(ms: number, run: () => void): void {
    if (this.#stopped) return;
    this.#queue.add(Math.max(ms, this.nowMs), run);
    if (this.#presentMs === undefined) this.#arm();
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  /** Does what is due before something comes from outside, so that time does not run back. */
  catchUp(): void {
    if (this.#presentMs === undefined && !this.#stopped) this.#work();
  }

  /** Nothing planned is done any more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.stop();
  }

  get #clockMs(): number {
    return this.#epochMs + this.#clock.monotonicMs();
  }

  #arm(): void {
    const nextMs = this.#queue.nextMs;
    if (nextMs === undefined || nextMs >= this.#timerMs) return;
    this.#timer?.stop();
    this.#timerMs = nextMs;
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, nextMs - this.#clockMs));
    this.#timer = this.#clock.after(delayMs, () => this.#work());
  }

  #work(): void {
    this.#timerMs = Number.POSITIVE_INFINITY;
    const behindMs = this.#clockMs - (this.#queue.nextMs ?? this.#clockMs);
    if (behindMs > CATCH_UP_MS_MAX) this.#epochMs -= behindMs - CATCH_UP_MS_MAX;
    const untilMs = this.#clockMs;
    try {
      for (;;) {
        const nextMs = this.#queue.nextMs;
        if (this.#stopped || nextMs === undefined || nextMs > untilMs) break;
        this.#presentMs = nextMs;
        this.#queue.take()?.();
      }
    } finally {
      this.#presentMs = undefined;
      if (!this.#stopped) this.#arm();
    }
  }
}
