import { TokenBook } from "../../../src/book/token-book.ts";
import { decode } from "../../../src/polymarket/decode.ts";
import type { SessionBlock } from "../../../src/store/session-block.ts";
import { type BlockLimits, SessionBlocks } from "../../../src/store/session-blocks.ts";
import { SessionSums } from "../../../src/store/session-sums.ts";

/** The way of messages from their text to blocks, for many tokens, without files. */
export class BenchSessions {
  readonly books: readonly TokenBook[];
  readonly #blocks: ReadonlyMap<string, SessionBlocks>;

  /** Finished blocks are packed if `isWriting`, else let go of. */
  constructor(
    tokens: readonly { readonly tokenId: string; readonly market: string }[],
    { limits, isWriting }: { readonly limits: BlockLimits; readonly isWriting: boolean },
  ) {
    const books: TokenBook[] = [];
    this.#blocks = new Map(
      tokens.map(({ tokenId, market }) => {
        const book = new TokenBook({ tokenId, market, maySearch: () => false });
        books.push(book);
        const sums = new SessionSums({ startUs: 0, firstSequence: 1, hasBook: false });
        const finished = ({ writer }: SessionBlock) => {
          if (!isWriting) return;
          writer.finish();
          writer.tell(sums);
        };
        return [tokenId, new SessionBlocks({ market, tokenId }, book, finished, { limits })];
      }),
    );
    this.books = books;
  }

  take(text: string, receivedUs: number): void {
    for (const { tokenIds, event, place } of decode(text)) {
      const blocks = this.#blocks.get(tokenIds[0]!)!;
      blocks.append(event, { receivedUs, socket: 1, place }, receivedUs);
    }
  }

  flush(): void {
    for (const blocks of this.#blocks.values()) blocks.flush();
  }
}
