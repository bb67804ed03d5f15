import { TokenBook } from "../../../src/book/token-book.ts";
import { decode } from "../../../src/polymarket/decode.ts";
import { type BlockLimits, SessionBlocks } from "../../../src/store/session-blocks.ts";

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
        const finished = ({ writer }: { writer: { finish(): unknown } }) => {
          if (isWriting) writer.finish();
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
