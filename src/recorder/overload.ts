/** What an overload begins and ends with: how far messages are behind, beyond what is usual. */
const LAG_MS_MAX = 2_000;
const LAG_MS_CALM = 500;
/** Looks, one a second: so long it must be calm, and so far back the usual delay is known. */
const CALM_LOOKS = 3;
const USUAL_LOOKS = 60;
/** Shares of one processor: with less than the first it is not short of it, whatever the lag. */
const BUSY_SHARE = 0.9;
const IDLE_SHARE = 0.5;

/**
 * Knows when the processor cannot follow the stream. What lags on the way, or is stamped by a
 * clock that was set, lags on an idle processor too.
 */
export class Overload {
  /** Smallest delays from the venue's stamp to ours, one for each of the last looks. */
  readonly #usual: number[] = [];
  #least = Number.POSITIVE_INFINITY;
  #calmLooks = 0;
  #isOverloaded = false;
  #lagMs = 0;

  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  /** At the last look. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** A message came that was stamped so by the venue. */
  heard(venueMs: number, receivedMs: number): void {
    const delayMs = receivedMs - venueMs;
    // Not so if it is NaN.
    if (delayMs < this.#least) this.#least = delayMs;
  }

  /** To be called each second, with the share of one processor that was used since the last. */
  look(cpuShare: number): "begun" | "ended" | undefined {
    const least = this.#least;
    this.#least = Number.POSITIVE_INFINITY;
    const usual = this.#usual.reduce((a, b) => Math.min(a, b), least);
    // Every message of a second lags if the processor does; without any there is none to shed.
    this.#lagMs = Number.isFinite(least) ? least - usual : 0;
    if (!this.#isOverloaded) {
      this.#remember(least);
      if (this.#lagMs <= LAG_MS_MAX || cpuShare <= BUSY_SHARE) return undefined;
      this.#isOverloaded = true;
      this.#calmLooks = 0;
      return "begun";
    }
    // What is usual is not learned from now: it would seem to be the lag, after a minute.
    const isCalm = this.#lagMs < LAG_MS_CALM || cpuShare < IDLE_SHARE;
    this.#calmLooks = isCalm ? this.#calmLooks + 1 : 0;
    if (this.#calmLooks < CALM_LOOKS) return undefined;
    this.#isOverloaded = false;
    return "ended";
  }

  #remember(delayMs: number): void {
    this.#usual.push(delayMs);
    if (this.#usual.length > USUAL_LOOKS) this.#usual.shift();
  }
}
