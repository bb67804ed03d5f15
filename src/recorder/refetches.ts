/** A fresh book comes within milliseconds; one that was not heard of is asked for so often. */
const PATIENCE_MS = 10_000;
const ASKED_MAX = 2;

/** A fresh book that was asked for. */
export interface Refetch {
  readonly tokenId: string;
  readonly fromUs: number;
}

interface Asked extends Refetch {
  askedMs: number;
  times: number;
}

export interface Overdue {
  /** Tokens to be asked for once more. */
  readonly again: readonly string[];
  /** Those that were, and are not waited for any more. */
  readonly lost: readonly Refetch[];
}

/** Remembers the fresh books that were asked for: a token may get nothing after a subscribe. */
export class Refetches {
  readonly #asked = new Map<string, Asked>();

  asked(tokenId: string, nowMs: number, fromUs: number): void {
    this.#asked.set(tokenId, { tokenId, fromUs, askedMs: nowMs, times: 1 });
  }

  /** A book of the token came: what was asked for, if it is one that was. */
  came(tokenId: string): Refetch | undefined {
    const asked = this.#asked.get(tokenId);
    this.#asked.delete(tokenId);
    return asked;
  }

  overdue(nowMs: number): Overdue {
    const late = [...this.#asked.values()].filter(({ askedMs }) => nowMs - askedMs >= PATIENCE_MS);
    const lost = late.filter(({ times }) => times === ASKED_MAX);
    for (const { tokenId } of lost) this.#asked.delete(tokenId);
    const again = late.filter(({ times }) => times < ASKED_MAX);
    for (const asked of again) {
      asked.askedMs = nowMs;
      asked.times++;
    }
    return { again: again.map(({ tokenId }) => tokenId), lost };
  }

  /** The token's socket ended: another brings a fresh book anyway. */
  forget(tokenId: string): void {
    this.#asked.delete(tokenId);
  }
}
