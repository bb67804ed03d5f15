import type { Clock, Timer } from "../src/ports/clock.ts";

interface Due {
  atMs: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

const START_US = 1_795_000_000_000_000;

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #ms = 0;
  /** Added to the wall clock only: setting it back steps the clock. */
  stepUs = 0;
  readonly #due = new Set<Due>();

  nowUs(): number {
    return START_US + Math.round(this.#ms * 1000) + this.stepUs;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#add({ atMs: this.#ms + delayMs, everyMs: undefined, run });
  }

  every(intervalMs: number, run: () => void): Timer {
    return this.#add({ atMs: this.#ms + intervalMs, everyMs: intervalMs, run });
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Lets time pass; what falls due runs in order, at its own time. */
  advance(ms: number): void {
    const until = this.#ms + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#ms = next.atMs;
      if (next.everyMs === undefined) this.#due.delete(next);
      else next.atMs += next.everyMs;
      next.run();
    }
    this.#ms = until;
  }

  get timers(): number {
    return this.#due.size;
  }

  #next(until: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (due.atMs <= until && (first === undefined || due.atMs < first.atMs)) first = due;
    }
    return first;
  }

  #add(due: Due): Timer {
    this.#due.add(due);
    return { stop: () => this.#due.delete(due) };
  }
}
