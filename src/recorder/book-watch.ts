import type { WatchedBook } from "../store/storage-writer.ts";
import { DriftWatch } from "./drift-watch.ts";

/**
 * How long a book may be missed before it is not believed any more. While others may follow a
 * little more, so that a drift is not taken for the first few books in it.
 */
const DIVERGED_US = 1_000_000;
const OTHERS_US = 1_000_000;
/**
 * While hashes of so many markets have begun to be missed lately, it may be the recipe that
 * changes: then nothing is decided until a drift would have been seen.
 */
const MARKETS_IN_DOUBT = 3;
/** A token is fetched afresh once in so long, and so many in one look. */
const REFETCH_US = 600_000_000;
const REFETCHES_MAX = 5;

export interface Findings {
  /** Books that are another than the venue's: each is told once. */
  readonly diverged: readonly WatchedBook[];
  /** Tokens to be fetched afresh now. */
  readonly refetch: readonly string[];
  /** What is new about the recipe, if anything is. */
  readonly drift: "begun" | "ended" | undefined;
}

/**
 * Tells books that differ from the venue's from hashes that are made another way than before
 * (docs/PROTOCOL.md, "Rules for a verifier"). Looks at all books at once, each second.
 */
export class BookWatch {
  readonly #drift = new DriftWatch();
  /** Tokens told of, with the first miss of what was told. */
  readonly #told = new Map<string, number>();
  /** Tokens with the time of their last fetch. */
  readonly #fetchedUs = new Map<string, number>();

  get isDrifting(): boolean {
    return this.#drift.isDrifting;
  }

  /** When the first hash came that the drift made miss, by the clock of the books. */
  get driftFromUs(): number {
    return this.#drift.fromUs;
  }

  look(nowUs: number, books: readonly WatchedBook[]): Findings {
    const drift = this.#drift.look(nowUs, books);
    const isInDoubt = this.#drift.marketsStarted >= MARKETS_IN_DOUBT;
    const patienceUs = isInDoubt ? this.#drift.windowUs : DIVERGED_US + OTHERS_US;
    const missing = this.#missing(books, nowUs - patienceUs);
    return { diverged: this.#tell(missing), refetch: this.#fetchable(missing, nowUs), drift };
  }

  /** The socket or the sessions of some books end: no more hashes follow. */
  end(nowUs: number, books: readonly WatchedBook[], ending: ReadonlySet<string>): Findings {
    const drift = this.#drift.look(nowUs, books);
    const ended = books.filter(({ tokenId }) => ending.has(tokenId));
    return { diverged: this.#tell(this.#missing(ended, nowUs - DIVERGED_US)), refetch: [], drift };
  }

  /** These books are not looked at any more. */
  forget(tokenIds: readonly string[]): void {
    for (const tokenId of tokenIds) {
      this.#told.delete(tokenId);
      this.#fetchedUs.delete(tokenId);
    }
  }

  /**
   * Books that were the venue's, and are not since a time before `beforeUs`. One miss alone is the
   * venue's, however long nothing follows.
   */
  #missing(books: readonly WatchedBook[], beforeUs: number): WatchedBook[] {
    return books.filter(({ standing: { provenUs, missedFromUs, missedToUs } }) => {
      if (provenUs === undefined || missedFromUs === undefined) return false;
      if (missedToUs === missedFromUs || missedFromUs >= beforeUs) return false;
      return !this.#drift.explains(missedToUs!);
    });
  }

  #tell(missing: readonly WatchedBook[]): WatchedBook[] {
    const news = missing.filter(
      ({ tokenId, standing }) => this.#told.get(tokenId) !== standing.missedFromUs,
    );
    for (const { tokenId, standing } of news) this.#told.set(tokenId, standing.missedFromUs!);
    return news;
  }

  #fetchable(missing: readonly WatchedBook[], nowUs: number): string[] {
    const due = missing.filter(({ tokenId }) => {
      const fetchedUs = this.#fetchedUs.get(tokenId);
      return fetchedUs === undefined || nowUs - fetchedUs >= REFETCH_US;
    });
    const now = due.slice(0, REFETCHES_MAX).map(({ tokenId }) => tokenId);
    for (const tokenId of now) this.#fetchedUs.set(tokenId, nowUs);
    return now;
  }
}
