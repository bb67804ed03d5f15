import type { Clock, Timer } from "./clock.ts";
import { TimeQueue } from "./time-queue.ts";

interface Due {
  stopped: boolean;
  readonly run: () => void;
}

const DEFAULT_START_MS = 1_795_000_000_000;
const US_PER_MS = 1_000;

/**
 * Time that passes only when it is told to, for simulations faster than life and for tests
 * about time.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  #ms = 0;
  /** Added to the wall clock only: changing it steps the clock. */
  stepUs = 0;
  /** Processor time used, milliseconds: told like time itself. */
  usedCpuMs = 0;
  readonly #queue = new TimeQueue<Due>();
  #running = 0;

  /** `startMs` is where the wall clock begins, epoch milliseconds. */
  constructor(startMs = DEFAULT_START_MS) {
    this.#startMs = startMs;
  }

  nowUs(): number {
    return Math.round((this.#startMs + this.#ms) * US_PER_MS) + this.stepUs;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  cpuMs(): number {
    return this.usedCpuMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const due = { stopped: false, run: () => this.#finish(due, run) };
    this.#queue.add(this.#ms + delayMs, due);
    return this.#timer(due);
  }

  every(intervalMs: number, run: () => void): Timer {
    const due: Due = {
      stopped: false,
      run: () => {
        this.#queue.add(this.#ms + intervalMs, due);
        run();
      },
    };
    this.#queue.add(this.#ms + intervalMs, due);
    return this.#timer(due);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Lets time pass; what falls due runs in order, at its own time. */
  advance(ms: number): void {
    const untilMs = this.#ms + ms;
    for (;;) {
      const nextMs = this.#queue.nextMs;
      if (nextMs === undefined || nextMs > untilMs) break;
      this.#ms = Math.max(this.#ms, nextMs);
      const due = this.#queue.take();
      if (due?.stopped === false) due.run();
    }
    this.#ms = untilMs;
  }

  /** How many timers run. */
  get timers(): number {
    return this.#running;
  }

  #timer(due: Due): Timer {
    this.#running += 1;
    return { stop: () => this.#stop(due) };
  }

  #finish(due: Due, run: () => void): void {
    this.#stop(due);
    run();
  }

  #stop(due: Due): void {
    if (due.stopped) return;
    due.stopped = true;
    this.#running -= 1;
  }
}
