import type { WatchedBook } from "../store/storage-writer.ts";

/** Books that begin to be missed within so long of each other are counted together. */
const WINDOW_US = 10_000_000;
/** So many markets at least, and more than this share of the tokens that were heard. */
const MARKETS_MIN = 20;
const SHARE = 0.1;
/** A drift is over when in so long nearly all hashes are proven. */
const CALM_US = 60_000_000;

/**
 * Knows when the venue makes hashes in a way that is not known: then they are missed in many
 * markets at once, and no book need be wrong.
 */
export class DriftWatch {
  /** How long it may take until a drift is seen as one. */
  readonly windowUs = WINDOW_US;
  /** Markets where hashes began to be missed within the window. */
  marketsStarted = 0;
  #isDrifting = false;
  #fromUs = 0;
  /** Books missed since before this are another's doing than their own. */
  #excusedUs = 0;

  get isDrifting(): boolean {
    return this.#isDrifting;
  }

  /** Receive time of the first hash that the drift made miss. */
  get fromUs(): number {
    return this.#fromUs;
  }

  /** Whether a book that is missed since then may well be right. */
  explains(missedFromUs: number): boolean {
    return this.#isDrifting || missedFromUs <= this.#excusedUs;
  }

  look(nowUs: number, books: readonly WatchedBook[]): "begun" | "ended" | undefined {
    const startedUs = this.#countStarted(nowUs, books);
    if (!this.#isDrifting && startedUs !== undefined) {
      this.#isDrifting = true;
      this.#fromUs = startedUs;
      return "begun";
    }
    if (!this.#isDrifting || !this.#isCalm(nowUs, books)) return undefined;
    this.#isDrifting = false;
    this.#excusedUs = nowUs;
    return "ended";
  }

  /**
   * When the first of those was missed that together are a drift. The share is of tokens whose
   * hashes came within the window: most tokens of the venue are silent for longer.
   */
  #countStarted(nowUs: number, books: readonly WatchedBook[]): number | undefined {
    const sinceUs = nowUs - WINDOW_US;
    const markets = new Set<string>();
    let firstUs = nowUs;
    let heard = 0;
    let started = 0;
    for (const { market, standing } of books) {
      const { provenUs, missedFromUs, missedToUs } = standing;
      if (provenUs === undefined) continue;
      if (Math.max(provenUs, missedToUs ?? 0) > sinceUs) heard++;
      if (missedFromUs === undefined || missedFromUs <= sinceUs) continue;
      started++;
      markets.add(market);
      firstUs = Math.min(firstUs, missedFromUs);
    }
    this.marketsStarted = markets.size;
    return markets.size >= MARKETS_MIN && started > heard * SHARE ? firstUs : undefined;
  }

  /** Whether the hashes of lately are proven again, but for the share that no drift is. */
  #isCalm(nowUs: number, books: readonly WatchedBook[]): boolean {
    let proven = 0;
    let missed = 0;
    for (const { standing } of books) {
      const { provenUs = 0, missedToUs } = standing;
      const sinceUs = Math.max(this.#fromUs, nowUs - CALM_US);
      if (missedToUs !== undefined) missed += missedToUs > sinceUs ? 1 : 0;
      else if (provenUs > sinceUs) proven++;
    }
    return proven > 0 && missed <= (proven + missed) * SHARE;
  }
}
