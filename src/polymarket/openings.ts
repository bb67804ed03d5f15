import type { Clock, Timer } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { Backoff } from "./backoff.ts";

/** The pause between two openings: at least this, and up to as much again by chance. */
export const STAGGER_MS = 100;
/** So many sockets that fail, and none that does not: it is the venue, not they. */
const FAILING_MIN = 3;
const PROBE_PAUSE = { minMs: 1_000, maxMs: 10_000 };

/** The turn of one socket to be opened; it tells what came of it. */
export interface Opening {
  /** The venue said something. */
  succeeded(): void;
  /** It ended before the venue said anything. */
  failed(): void;
  /** It is not wanted any more, whether its turn has come or not. */
  withdrawn(): void;
}

interface Waiting {
  /** Who asks: failures of one alone say nothing about the venue. */
  readonly owner: object;
  readonly open: () => void;
}

/**
 * The gate that all sockets of a pool are opened through, one after the other with a pause. When
 * several fail and none succeeds it is a circuit breaker: then one at a time is tried, with growing
 * pauses, until one is answered. So a venue that comes back is not stampeded.
 */
export class Openings {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #probePause: Backoff;
  readonly #waiting = new Set<Waiting>();
  readonly #failing = new Set<object>();
  /** Opened while the breaker is open, and neither answered nor failed. */
  #probe: Waiting | undefined;
  #nextMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
    this.#probePause = new Backoff(random, PROBE_PAUSE);
  }

  /** Calls `open` when it is its turn: at once, if nothing was opened lately. */
  request(owner: object, open: () => void): Opening {
    const waiting: Waiting = { owner, open };
    this.#waiting.add(waiting);
    const opening: Opening = {
      succeeded: () => this.#succeeded(waiting),
      failed: () => this.#failed(waiting),
      withdrawn: () => this.#withdrawn(waiting),
    };
    this.#goOn();
    return opening;
  }

  get #isBroken(): boolean {
    return this.#failing.size >= FAILING_MIN;
  }

  #goOn(): void {
    if (this.#timer !== undefined || (this.#isBroken && this.#probe !== undefined)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextMs) {
      this.#timer = this.#clock.after(this.#nextMs - nowMs, () => {
        this.#timer = undefined;
        this.#goOn();
      });
      return;
    }
    this.#waiting.delete(next);
    if (this.#isBroken) this.#probe = next;
    this.#nextMs = nowMs + STAGGER_MS * (1 + this.#random());
    next.open();
    this.#goOn();
  }

  #succeeded(opened: Waiting): void {
    if (this.#probe === opened) this.#probe = undefined;
    this.#failing.clear();
    this.#probePause.reset();
    this.#goOn();
  }

  #failed(opened: Waiting): void {
    this.#failing.add(opened.owner);
    const isDecided = this.#probe === undefined || this.#probe === opened;
    if (this.#isBroken && isDecided) {
      this.#probe = undefined;
      const untilMs = this.#clock.monotonicMs() + this.#probePause.next();
      this.#nextMs = Math.max(this.#nextMs, untilMs);
    }
    this.#goOn();
  }

  #withdrawn(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    this.#failing.delete(waiting.owner);
    if (this.#probe === waiting) this.#probe = undefined;
    if (this.#waiting.size > 0) this.#goOn();
    else this.#stopTimer();
  }

  /** Nobody waits: a timer would keep the process alive. */
  #stopTimer(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }
}
