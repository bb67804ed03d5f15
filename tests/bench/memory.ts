import { heapStats } from "bun:jsc";
import { TokenBook } from "../../src/book/token-book.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { SessionBlocks } from "../../src/store/session-blocks.ts";
import { MarketMessages } from "./streams/market-messages.ts";

/** What a token takes in memory: its book with its verifier, and the rows that wait for a block. */

const LEVELS = 100;
const BOOK_TOKENS = 10_000;
const STAGED_TOKENS = 1000;
/** One less than a block: the most that waits. */
const STAGED_ROWS = 999;
const LIMIT_BYTES = 10_000;
const BATCH = 1000;

interface Token {
  readonly book: TokenBook;
  readonly blocks: SessionBlocks;
}

export async function run(): Promise<string[]> {
  const { book, open } = bytesOfBooks();
  const staged = bytesOfRows();
  return [
    `a book of ${LEVELS} levels with its verifier, of ${BOOK_TOKENS} tokens: ${verdict(book)}`,
    `an open block with its first row: ${open.toFixed(0)} bytes a token`,
    `${STAGED_ROWS - 1} more staged rows, of ${STAGED_TOKENS} tokens: ${verdict(staged)}`,
  ];
}

function verdict(bytes: number): string {
  return `${bytes.toFixed(0)} bytes a token (${bytes <= LIMIT_BYTES ? "yes" : "no"}: at most ${LIMIT_BYTES})`;
}

/** Of a token whose opening book has just been written, and of one whose block is still open. */
function bytesOfBooks(): { readonly book: number; readonly open: number } {
  const source = new MarketMessages(BOOK_TOKENS / 2, LEVELS, seededRandom(1));
  const texts = source.books();
  const before = usedBytes();
  const tokens = new Map<string, Token>();
  for (const { tokenId, market } of source.tokenIds) tokens.set(tokenId, newToken(tokenId, market));
  feed(tokens, texts);
  const open = usedBytes();
  for (const { blocks } of tokens.values()) blocks.flush();
  const written = usedBytes();
  check(tokens, source, texts.length);
  return { book: (written - before) / BOOK_TOKENS, open: (open - written) / BOOK_TOKENS };
}

function bytesOfRows(): number {
  const source = new MarketMessages(STAGED_TOKENS / 2, LEVELS, seededRandom(2));
  const tokens = new Map<string, Token>();
  for (const { tokenId, market } of source.tokenIds) tokens.set(tokenId, newToken(tokenId, market));
  // Each has its open block with a row or two: that is there for the quietest token too.
  feed(tokens, source.books());
  feed(tokens, source.next(STAGED_TOKENS));
  const before = usedBytes();
  let left = (STAGED_TOKENS / 2) * (STAGED_ROWS - 1);
  for (; left > 0; left -= BATCH) feed(tokens, source.next(Math.min(BATCH, left)));
  const bytes = (usedBytes() - before) / STAGED_TOKENS;
  check(tokens, source, STAGED_TOKENS);
  return bytes;
}

/** Until here nothing of them may be let go. */
function check(tokens: ReadonlyMap<string, Token>, source: MarketMessages, count: number): void {
  if (tokens.size !== count || source.tokenIds.length !== count) throw new Error("a token is gone");
}

function newToken(tokenId: string, market: string): Token {
  const book = new TokenBook({ tokenId, market, maySearch: () => false });
  const limits = { rows: 2 * STAGED_ROWS, bytes: Number.POSITIVE_INFINITY };
  return { book, blocks: new SessionBlocks({ market, tokenId }, book, () => {}, { limits }) };
}

function feed(tokens: ReadonlyMap<string, Token>, texts: readonly string[]): void {
  let receivedUs = 0;
  for (const text of texts) {
    receivedUs += 1000;
    for (const { tokenIds, event, place } of decode(text)) {
      const { blocks } = tokens.get(tokenIds[0]!)!;
      blocks.append(event, { receivedUs, socket: 1, place }, receivedUs);
    }
  }
}

/** Of the JavaScript heap, with the buffers that it holds. */
function usedBytes(): number {
  Bun.gc(true);
  Bun.gc(true);
  return heapStats().heapSize;
}
