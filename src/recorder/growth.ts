import type { Clock } from "../ports/clock.ts";

/** What an update takes once it is packed; those that wait for their block are counted so. */
const UPDATE_BYTES = 5;
/** Sooner it says nothing. */
const SINCE_MS = 600_000;
const DAY_MS = 86_400_000;
/** A day's news come at once when there is so little left. */
const FEW_DAYS = 3;

/** What a recorder has written so far. */
export interface Written {
  readonly segmentBytes: number;
  readonly counts: { readonly stored: number };
}

/** How fast a recorder's part of the store grows, and when that is worth a word. */
export class Growth {
  readonly #writer: Written;
  readonly #clock: Clock;
  readonly #startMs: number;
  #toldMs = Number.NEGATIVE_INFINITY;
  #toldDays = Number.POSITIVE_INFINITY;

  constructor(writer: Written, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  /** Bytes a day, since the beginning; `undefined` while it is too early to say. */
  get bytesADay(): number | undefined {
    const elapsedMs = this.#clock.monotonicMs() - this.#startMs;
    if (elapsedMs < SINCE_MS) return undefined;
    const { segmentBytes, counts } = this.#writer;
    return (Math.max(segmentBytes, counts.stored * UPDATE_BYTES) / elapsedMs) * DAY_MS;
  }

  /** Whether a figure of days should be told now: daily, and once more when few are left. */
  isNews(days: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const isFew = days < FEW_DAYS && this.#toldDays >= FEW_DAYS;
    if (!isFew && nowMs - this.#toldMs < DAY_MS) return false;
    this.#toldMs = nowMs;
    this.#toldDays = days;
    return true;
  }

  static isFew(days: number): boolean {
    return days < FEW_DAYS;
  }
}
