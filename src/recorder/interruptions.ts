import { LEDGER_NOTE } from "../book/token-ledger.ts";
import type { Interruption } from "../polymarket/socket-pool.ts";
import type { Remark } from "./supervisor.ts";

export interface InterruptionsOptions {
  /** The last hash of the token's book as it is held; `undefined` without one. */
  heldHash(tokenId: string): string | undefined;
  /** Stores a note in the token's session. */
  note(remark: Remark, tokenId: string): void;
}

interface Open {
  readonly cause: string;
  readonly fromUs: number;
  /** There was a book that could go stale. */
  readonly hadBook: boolean;
}

/**
 * Tells each token's session since when it may have missed something, and how that ended: the
 * next book either has the hash that is held, so that nothing was missed, or closes a gap.
 */
export class Interruptions {
  readonly #options: InterruptionsOptions;
  readonly #open = new Map<string, Open>();
  #gaps = 0;

  constructor(options: InterruptionsOptions) {
    this.#options = options;
  }

  /** Gaps in tokens that had a book before, of those that go on too. */
  get gaps(): number {
    const open = [...this.#open.values()].filter(({ hadBook }) => hadBook);
    return this.#gaps + open.length;
  }

  has(tokenId: string): boolean {
    return this.#open.has(tokenId);
  }

  /** Nothing was sure to come for some tokens from then on. */
  begin({ tokenIds, cause, fromUs }: Pick<Interruption, "tokenIds" | "cause" | "fromUs">): void {
    const { heldHash, note } = this.#options;
    for (const tokenId of tokenIds) {
      // The first cause is the one to tell.
      if (this.#open.has(tokenId)) continue;
      const hadBook = heldHash(tokenId) !== undefined;
      // Nothing is missed before the first book, unless that does not come.
      if (!hadBook && cause !== "no-snapshot") continue;
      this.#open.set(tokenId, { cause, fromUs, hadBook });
      // One at the beginning too: whoever is killed meanwhile has no end.
      note({ kind: LEDGER_NOTE.interrupted, cause, fromUs, toUs: fromUs }, tokenId);
    }
  }

  /** A book of the token came, and is not with the writer yet. */
  end(tokenId: string, hash: string | undefined, receivedUs: number): void {
    const open = this.#open.get(tokenId);
    if (open === undefined) return;
    this.#open.delete(tokenId);
    const { cause, fromUs, hadBook } = open;
    const isProven = hash !== undefined && hash === this.#options.heldHash(tokenId);
    if (!isProven && hadBook) this.#gaps++;
    const kind = isProven ? LEDGER_NOTE.proof : LEDGER_NOTE.gap;
    const toUs = Math.max(fromUs, receivedUs);
    this.#options.note({ kind, cause, fromUs, toUs }, tokenId);
  }

  /** The clock was set: when it is set back, what is open ends there and goes on from there. */
  clockStepped(fromUs: number, toUs: number): void {
    if (toUs > fromUs) return;
    const { note } = this.#options;
    for (const [tokenId, open] of this.#open) {
      const { cause } = open;
      const begunUs = Math.min(open.fromUs, fromUs);
      note({ kind: LEDGER_NOTE.gap, cause, fromUs: begunUs, toUs: fromUs }, tokenId);
      this.#open.set(tokenId, { ...open, fromUs: toUs });
      note({ kind: LEDGER_NOTE.interrupted, cause, fromUs: toUs, toUs }, tokenId);
    }
  }

  /** The token is not recorded any more: no book closes its gap. */
  forget(tokenId: string): void {
    if (this.#open.get(tokenId)?.hadBook === true) this.#gaps++;
    this.#open.delete(tokenId);
  }
}
