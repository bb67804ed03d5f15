import type { HeldBook } from "../book/group-verifier.ts";
import { LEDGER_NOTE } from "../book/token-ledger.ts";
import type { RestBook } from "../polymarket/clob.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Remark } from "./supervisor.ts";

export const DEFAULT_AUDIT_MS = 300_000;
/** What REST knows and the stream has not said by then, it has missed. */
const PATIENCE_MS = 5_000;
/** Who was quiet for so long may be silent: then an interval is enough to find it. */
const QUIET_MS = 10_000;
/** Who trades is proven several times a second. */
const JUST_NOW_MS = 1_000;
const LAST_PATIENCE_MS = 3_000;

export interface AuditorOptions {
  readonly clock: Clock;
  /** Between two audits. */
  readonly intervalMs: number;
  /** Tokens with a book that no hash has proven in so many milliseconds. */
  unproven(forMs: number): readonly string[];
  held(tokenId: string): HeldBook | undefined;
  /** What REST has of tokens; those that it does not answer for are left out. */
  fetchBooks(tokenIds: readonly string[]): Promise<ReadonlyMap<string, RestBook>>;
  note(remark: Remark, tokenId: string): void;
  /** The stream of a token does not say what it should. */
  silent(tokenId: string): void;
}

/**
 * Compares the books of quiet tokens with REST's: the same hash proves that nothing was missed up
 * to the question, a newer one that the stream does not come to proves the contrary. An older one
 * is a copy that lags, and says nothing.
 */
export class Auditor {
  readonly #options: AuditorOptions;
  #timer: Timer | undefined;
  #pass: Promise<void> | undefined;

  constructor(options: AuditorOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, intervalMs } = this.#options;
    this.#timer = clock.every(intervalMs, () => {
      this.#pass ??= this.#audit().finally(() => {
        this.#pass = undefined;
      });
    });
  }

  stop(): void {
    this.#timer?.stop();
  }

  /** A last look at all that was not proven right now: a program that wants to end is not held up. */
  async finish(): Promise<void> {
    const { clock, unproven } = this.#options;
    await Promise.race([this.#prove(unproven(JUST_NOW_MS)), clock.sleep(LAST_PATIENCE_MS)]);
  }

  async #audit(): Promise<void> {
    const newer = await this.#prove(this.#options.unproven(QUIET_MS));
    if (newer.size === 0) return;
    await this.#options.clock.sleep(PATIENCE_MS);
    for (const [tokenId, { venueMs }] of newer) {
      const held = this.#options.held(tokenId);
      if (held !== undefined && held.venueMs < venueMs) this.#options.silent(tokenId);
    }
  }

  /** Notes what is proven, and gives the books that are newer than those that are held. */
  async #prove(tokenIds: readonly string[]): Promise<Map<string, RestBook>> {
    const { clock, held, note } = this.#options;
    const newer = new Map<string, RestBook>();
    if (tokenIds.length === 0) return newer;
    const askedUs = clock.nowUs();
    const books = await this.#options.fetchBooks(tokenIds);
    for (const [tokenId, book] of books) {
      const own = held(tokenId);
      if (own === undefined) continue;
      if (own.hash === book.hash) {
        note({ kind: LEDGER_NOTE.proof, cause: "audit", fromUs: askedUs, toUs: askedUs }, tokenId);
      } else if (book.venueMs > own.venueMs) newer.set(tokenId, book);
    }
    return newer;
  }
}
