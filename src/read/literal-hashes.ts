import { BlockReplay } from "../book/block-replay.ts";
import { bookLevels } from "../book/event-levels.ts";
import { TokenBook } from "../book/token-book.ts";
import type { Implied } from "../format/block.ts";
import type { Block } from "../format/block-reader.ts";
import { isHash } from "../format/hash-text.ts";
import { isProven } from "../format/market-event.ts";

/**
 * Judges the hashes that a session stored as they were sent, as a recorder would today: those of
 * a recipe that its recorder did not know yet, or that it had no time for.
 */
export class LiteralHashes {
  /** Stored hashes that prove their books after all. */
  proven = 0;
  readonly #implied: Implied;
  readonly #book: TokenBook;
  /** Rows of the book whose hash is stored and not judged yet. */
  readonly #stored = new Set<number>();

  constructor(implied: Implied) {
    this.#implied = implied;
    this.#book = new TokenBook({ ...implied, maySearch: () => true });
    this.#book.judged = ({ rows, verdict, isProvisional }) => {
      if (isProvisional) return;
      for (const row of rows) if (this.#stored.delete(row) && isProven(verdict)) this.proven++;
    };
  }

  /** Takes the blocks of a session in order; some may be missing. */
  take(block: Block): void {
    const { keyframe, rows, groupEnds, recipe } = block;
    const replay = new BlockReplay(block, this.#implied);
    if (keyframe !== null) this.#book.goOn(keyframe, recipe);
    for (const [i, { receivedUs, shape }] of rows.entries()) {
      const event = replay.event(i);
      const hash = event.values[shape.hashSlot];
      if (groupEnds[i]! < 0 && hash !== undefined && isHash(hash)) {
        this.#stored.add(this.#book.row + 1);
      }
      this.#book.pass(receivedUs);
      const levels = event.type === "book" ? bookLevels(event) : undefined;
      // What is stale, for one, has its verdict without its hash.
      if (this.#book.take(event, levels, receivedUs) !== undefined) {
        this.#stored.delete(this.#book.row);
      }
    }
  }

  /** Judges what still waits. */
  end(): void {
    this.#book.end();
  }
}
