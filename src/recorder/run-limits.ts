import { PolybotError } from "../format/error.ts";
import type { Clock, Timer } from "../ports/clock.ts";

export interface RunLimitsOptions {
  readonly clock: Clock;
  /** Milliseconds until the recording is to end; absent when it goes on for ever. */
  readonly leftMs?: () => number;
  /** Milliseconds in which some token must have had a book; absent when there is no hurry. */
  readonly firstBookMs?: number;
  /** Whether any token had a book. */
  hasBook(): boolean;
}

/** The clock may be set meanwhile, and a timer of more than 24 days would go off at once. */
const LOOK_MAX_MS = 60_000;
const MS_PER_SECOND = 1_000;

/** Ends a recording when its time is up, or when it records nothing at all. */
export class RunLimits {
  readonly #options: RunLimitsOptions;
  readonly #over = Promise.withResolvers<void>();
  readonly #timers = new Set<Timer>();

  constructor(options: RunLimitsOptions) {
    this.#options = options;
    this.#over.promise.catch(() => {});
    const { clock, firstBookMs } = options;
    if (firstBookMs !== undefined) {
      this.#timers.add(clock.after(firstBookMs, () => this.#requireBook(firstBookMs)));
    }
    this.#look();
  }

  /** Resolves when the time is up; rejects with `NO_BOOK` when no book came in time. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  stop(): void {
    for (const timer of this.#timers) timer.stop();
    this.#timers.clear();
  }

  #look(): void {
    const { clock, leftMs, firstBookMs } = this.#options;
    if (leftMs === undefined) return;
    const left = leftMs();
    if (left > 0) {
      const timer = clock.after(Math.min(left, LOOK_MAX_MS), () => {
        this.#timers.delete(timer);
        this.#look();
      });
      this.#timers.add(timer);
      return;
    }
    // A run shorter than the time for a first book has failed without one, too.
    if (firstBookMs !== undefined) this.#requireBook(firstBookMs);
    this.#over.resolve();
  }

  #requireBook(withinMs: number): void {
    if (this.#options.hasBook()) return;
    const within = `${withinMs / MS_PER_SECOND} s`;
    this.#over.reject(
      new PolybotError("NO_BOOK", `no book came, of any token, within ${within} or the whole run`, {
        hint: "check the network and --ws-url, and whether the tokens still trade: polybot markets <words>",
      }),
    );
  }
}
