/** A running timer; `stop` is idempotent. */
export interface Timer {
  stop(): void;
}

/** Time as the program sees it: real, or virtual in tests. */
export interface Clock {
  /** Wall clock, whole microseconds since the epoch: exact in a number until the year 2255. */
  nowUs(): number;
  /** Monotonic milliseconds, for measuring durations; its zero has no meaning. */
  monotonicMs(): number;
  /** Processor time that the calling thread has used, milliseconds. */
  cpuMs(): number;
  /** Calls `run` once after `delayMs`. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` every `intervalMs`. */
  every(intervalMs: number, run: () => void): Timer;
  sleep(delayMs: number): Promise<void>;
}

const NS_PER_US = 1000n;
const US_PER_MS = 1000;

/**
 * The real clock. Wall time comes from `Temporal` because it follows clock steps and keeps
 * microseconds; `performance.timeOrigin + performance.now()` does neither.
 */
export const systemClock: Clock = {
  nowUs: () => Number(Temporal.Now.instant().epochNanoseconds / NS_PER_US),
  monotonicMs: () => Bun.nanoseconds() / 1e6,
  cpuMs() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / US_PER_MS;
  },
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    return { stop: () => clearTimeout(handle) };
  },
  every(intervalMs, run) {
    const handle = setInterval(run, intervalMs);
    return { stop: () => clearInterval(handle) };
  },
  sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
};
