import { type Clock, systemClock, type Timer } from "../src/ports/clock.ts";

/** The real clock, `factor` times as fast: a minute of an exchange in seconds, on real sockets. */
export class FastClock implements Clock {
  readonly #factor: number;
  readonly #startUs = systemClock.nowUs();
  readonly #startMs = systemClock.monotonicMs();

  constructor(factor: number) {
    this.#factor = factor;
  }

  nowUs(): number {
    return Math.round(this.#startUs + (this.monotonicMs() - this.#startMs) * 1_000);
  }

  monotonicMs(): number {
    return this.#startMs + (systemClock.monotonicMs() - this.#startMs) * this.#factor;
  }

  cpuMs(): number {
    return systemClock.cpuMs() * this.#factor;
  }

  after(delayMs: number, run: () => void): Timer {
    return systemClock.after(delayMs / this.#factor, run);
  }

  every(intervalMs: number, run: () => void): Timer {
    return systemClock.every(intervalMs / this.#factor, run);
  }

  sleep(delayMs: number): Promise<void> {
    return systemClock.sleep(delayMs / this.#factor);
  }
}
