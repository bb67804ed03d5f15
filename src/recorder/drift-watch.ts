import type { WatchedBook } from "../store/storage-writer.ts";

/** Books that begin to be missed within so long of each other are counted together. */
const WINDOW_US = 10_000_000;
/** So many markets at least, and more than this share of the tokens that were heard. */
const MARKETS_MIN = 20;
const SHARE = 0.1;
/**
 * A drift is over, or was none, when so many of its tokens are proven again: under another recipe
 * no hash ever is. Entries lost everywhere at once look the same at first.
 */
const BACK_MIN = 5;

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
  /** What was missed before this is no sign of a wrong book. */
  #excusedUs = 0;
  /** Tokens that were missed while it drifts. */
  readonly #drifted = new Set<string>();

  get isDrifting(): boolean {
    return this.#isDrifting;
  }

  /** When the first hash came that the drift made miss, by the clock of the books. */
  get fromUs(): number {
    return this.#fromUs;
  }

  /** Whether a book that was last missed then may well be right. */
  explains(missedToUs: number): boolean {
    return this.#isDrifting || missedToUs <= this.#excusedUs;
  }

  look(nowUs: number, books: readonly WatchedBook[]): "begun" | "ended" | undefined {
    const startedUs = this.#countStarted(nowUs, books);
    const hasBegun = !this.#isDrifting && startedUs !== undefined;
    if (hasBegun) {
      this.#isDrifting = true;
      this.#fromUs = startedUs;
    }
    if (!this.#isDrifting) return undefined;
    const back = this.#countBack(books);
    if (hasBegun) return "begun";
    if (back < BACK_MIN) return undefined;
    this.#isDrifting = false;
    this.#excusedUs = nowUs;
    this.#drifted.clear();
    return "ended";
  }

  /**
   * When the first of those was missed that together are a drift. The share is of tokens whose
   * hashes came within the window: most tokens of the venue are silent for longer.
   */
  #countStarted(nowUs: number, books: readonly WatchedBook[]): number | undefined {
    const sinceUs = Math.max(nowUs - WINDOW_US, this.#excusedUs);
    const markets = new Set<string>();
    let firstUs = nowUs;
    let heard = 0;
    let started = 0;
    for (const { market, tokenId, standing } of books) {
      const { provenUs, missedFromUs, missedToUs } = standing;
      if (provenUs === undefined) continue;
      if (Math.max(provenUs, missedToUs ?? 0) > sinceUs) heard++;
      if (missedFromUs === undefined || missedFromUs <= sinceUs) continue;
      started++;
      // Of tokens whose market is not known each is one of its own.
      markets.add(market || tokenId);
      firstUs = Math.min(firstUs, missedFromUs);
    }
    this.marketsStarted = markets.size;
    return markets.size >= MARKETS_MIN && started > heard * SHARE ? firstUs : undefined;
  }

  /** Tokens that were missed in the drift, and are not any more. */
  #countBack(books: readonly WatchedBook[]): number {
    let back = 0;
    for (const { tokenId, standing } of books) {
      if (standing.missedFromUs !== undefined) this.#drifted.add(tokenId);
      else if (standing.provenUs !== undefined && this.#drifted.has(tokenId)) back++;
    }
    return back;
  }
}
