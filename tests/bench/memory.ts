import { heapStats } from "bun:jsc";
import { seededRandom } from "../../src/ports/random.ts";
import { BenchSessions } from "./streams/bench-sessions.ts";
import { MarketMessages, receivedUsOf } from "./streams/market-messages.ts";

/** What a token takes in memory: its book with its verifier, and the rows that wait for a block. */

const LEVELS = 100;
const BOOK_TOKENS = 10_000;
const STAGED_TOKENS = 1000;
/** One less than a block: the most that waits. */
const STAGED_ROWS = 999;
const LIMIT_BYTES = 10_000;
const BATCH = 1000;

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
  const sessions = newSessions(source);
  feed(sessions, texts);
  const open = usedBytes();
  sessions.flush();
  const written = usedBytes();
  check(sessions, source, texts.length);
  return { book: (written - before) / BOOK_TOKENS, open: (open - written) / BOOK_TOKENS };
}

function bytesOfRows(): number {
  const source = new MarketMessages(STAGED_TOKENS / 2, LEVELS, seededRandom(2));
  const sessions = newSessions(source);
  // Each has its open block with a row or two: that is there for the quietest token too.
  feed(sessions, source.books());
  feed(sessions, source.next(STAGED_TOKENS));
  const before = usedBytes();
  let left = (STAGED_TOKENS / 2) * (STAGED_ROWS - 1);
  for (; left > 0; left -= BATCH) feed(sessions, source.next(Math.min(BATCH, left)));
  const bytes = (usedBytes() - before) / STAGED_TOKENS;
  check(sessions, source, STAGED_TOKENS);
  return bytes;
}

function newSessions(source: MarketMessages): BenchSessions {
  const limits = { rows: 2 * STAGED_ROWS, bytes: Number.POSITIVE_INFINITY };
  return new BenchSessions(source.tokenIds, { limits, isWriting: false });
}

/** Until here nothing of them may be let go. */
function check(sessions: BenchSessions, source: MarketMessages, count: number): void {
  if (sessions.books.length !== count || source.tokenIds.length !== count)
    throw new Error("a token is gone");
}

function feed(sessions: BenchSessions, texts: readonly string[]): void {
  for (const text of texts) sessions.take(text, receivedUsOf(text));
}

/** Of the JavaScript heap, with the buffers that it holds. */
function usedBytes(): number {
  Bun.gc(true);
  Bun.gc(true);
  return heapStats().heapSize;
}
