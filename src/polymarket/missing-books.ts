/** A book follows its subscription within milliseconds, behind megabytes of others within seconds. */
export const BOOK_DEADLINE_MS = 10_000;
/** A token that stays without is looked after again and again, at last so seldom. */
const PAUSE_MAX_MS = 600_000;

interface Expected {
  readonly sinceUs: number;
  dueMs: number;
  pauseMs: number;
}

/** A token whose opening book is overdue. */
export interface MissingBook {
  readonly tokenId: string;
  /** When it was subscribed, or since when it is missed. */
  readonly sinceUs: number;
  /** It was not overdue before. */
  readonly isNew: boolean;
}

/** Opening books that were subscribed and have not come. Times in `Ms` are monotonic. */
export class MissingBooks {
  readonly #expected = new Map<string, Expected>();

  /** Tokens were subscribed; those that are overdue already keep their pauses. */
  expect(tokenIds: Iterable<string>, nowMs: number, nowUs: number): void {
    for (const tokenId of tokenIds) {
      const known = this.#expected.get(tokenId);
      if (known === undefined) {
        const dueMs = nowMs + BOOK_DEADLINE_MS;
        this.#expected.set(tokenId, { sinceUs: nowUs, dueMs, pauseMs: BOOK_DEADLINE_MS });
      } else {
        known.dueMs = Math.max(known.dueMs, nowMs + BOOK_DEADLINE_MS);
      }
    }
  }

  has(tokenId: string): boolean {
    return this.#expected.has(tokenId);
  }

  /** Its book came, or is not waited for any more; whether it was expected. */
  forget(tokenId: string): boolean {
    return this.#expected.delete(tokenId);
  }

  /**
   * Those to be looked after now, as far as `isDue` does not have them wait a little; each is due
   * again after twice the pause.
   */
  overdue(nowMs: number, isDue: (tokenId: string) => boolean): MissingBook[] {
    const missing: MissingBook[] = [];
    for (const [tokenId, expected] of this.#expected) {
      if (nowMs < expected.dueMs || !isDue(tokenId)) continue;
      const isNew = expected.pauseMs === BOOK_DEADLINE_MS;
      missing.push({ tokenId, sinceUs: expected.sinceUs, isNew });
      expected.pauseMs = Math.min(PAUSE_MAX_MS, expected.pauseMs * 2);
      expected.dueMs = nowMs + expected.pauseMs;
    }
    return missing;
  }
}
