import type { Random } from "../ports/random.ts";

/** Pauses between attempts that fail: they double up to a ceiling, and are jittered. */
export class Backoff {
  readonly #random: Random;
  readonly #minMs: number;
  readonly #maxMs: number;
  #ceilingMs: number;

  constructor(
    random: Random,
    { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
  ) {
    this.#random = random;
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#ceilingMs = minMs;
  }

  /** How long to wait now, milliseconds: half of the ceiling at least. */
  next(): number {
    const pauseMs = this.#ceilingMs * (0.5 + this.#random() / 2);
    this.#ceilingMs = Math.min(this.#maxMs, this.#ceilingMs * 2);
    return pauseMs;
  }

  /** It works: the next failure is a first one. */
  reset(): void {
    this.#ceilingMs = this.#minMs;
  }

  /** It is of no use to try again soon. */
  exhaust(): void {
    this.#ceilingMs = this.#maxMs;
  }
}
