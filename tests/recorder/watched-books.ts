import type { Standing } from "../../src/book/standing.ts";
import type { WatchedBook } from "../../src/store/storage-writer.ts";

export const SECOND_US = 1_000_000;

/** The books of many markets, two tokens each, whose standing a test sets. */
export class WatchedBooks {
  readonly list: (WatchedBook & { standing: Standing })[];

  constructor(markets: number) {
    this.list = Array.from({ length: 2 * markets }, (_, i) => ({
      tokenId: String(i),
      market: `0x${Math.floor(i / 2)}`,
      standing: { provenUs: 0, provenRow: 1, missedFromUs: undefined, missedToUs: undefined },
      unproven: 0,
    }));
  }

  /** The hashes of a token match. */
  prove(token: number, atS: number): void {
    const standing = { provenUs: atS * SECOND_US, missedFromUs: undefined, missedToUs: undefined };
    this.#set(token, standing);
  }

  /** At two instants at least, unless told otherwise. */
  miss(token: number, fromS: number, toS = fromS + 0.3): void {
    this.#set(token, { missedFromUs: fromS * SECOND_US, missedToUs: toS * SECOND_US });
  }

  /** An opening book whose hash is not proven. */
  open(token: number): void {
    this.#set(token, { provenUs: undefined, missedFromUs: undefined, missedToUs: undefined });
  }

  #set(token: number, changed: Partial<Standing>): void {
    const book = this.list[token]!;
    book.standing = { ...book.standing, ...changed };
  }
}
